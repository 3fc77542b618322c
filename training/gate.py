"""`python -m training.gate DATA`: learns how `generation.gate` puts a model's word beside the score, and prints the numbers.

Cases are those of `judged.jsonl`: a question beside the passage that it was asked of and two near ones, and beside three near
ones. The refusal's score is that of what ships, which has learned from none of these questions.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from eval.fit import fitted
from eval.metrics import auc
from eval.refusal import Case, Judge
from generation import gate
from library import settings as knobs
from training import judging
from training.judged import FILE

_THEN = 496  # passages that were judged when the numbers that ship were learned


def cases(held: Sequence[dict[str, Any]], texts: dict[str, str]) -> list[tuple[Case, list[float]]]:
    """Each question with and without its own passage, and the model's odds for each passage."""
    found = list[tuple[Case, list[float]]]()
    for row in held:
        for at, asked in enumerate(row["asked"]):
            odds = [said[at] for said in row["yes"]]
            if len(odds) < 4 or None in odds:
                continue
            shown = [texts[name] for name in row["passages"]]
            found.append((Case(asked["question"], tuple(shown[:3]), True, row["lang"]), odds[:3]))
            found.append((Case(asked["question"], tuple(shown[1:4]), False, row["lang"]), odds[1:4]))
    return found


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--judged", type=click.Path(path_type=Path, exists=True), default=FILE, show_default=True)
@click.option("--passages", default=250, show_default=True, help="How many passages' questions, drawn with a seed.")
def main(data: Path, judged: Path, passages: int) -> None:
    """Learn on one half of the passages, say how it tells the other, then learn on both."""
    held = [json.loads(line) for line in judged.read_text("utf-8").splitlines()]
    held = random.Random(0).sample(held[:_THEN], min(passages, len(held), _THEN))
    texts = judging.named(data, {name for row in held for name in row["passages"]})
    halves = cases(held[::2], texts), cases(held[1::2], texts)
    judge = Judge([case for half in halves for case, _ in half], knobs.load())
    rows = [[gate.features(judge.probability(case), odds, case.subset) for case, odds in half] for half in halves]
    truth = [[case.answerable for case, _ in half] for half in halves]

    def learnt(which: Sequence[int]) -> tuple[Any, float]:
        x = np.concatenate([np.array(rows[at]) for at in which])
        y = np.concatenate([np.array(truth[at], float) for at in which])
        return fitted(x, y, np.ones(len(y)), ridge=1.0)

    weights, bias = learnt([0])
    other = np.array(rows[1])
    for name, scores in (("score alone", other[:, 0]), ("model alone", other[:, 1]), ("both", other @ weights + bias)):
        click.echo(f"{name}: AUC {auc(truth[1], [float(score) for score in scores]):.3f} (n {len(other)})")
    weights, bias = learnt([0, 1])
    click.echo(f"weights {[round(float(one), 3) for one in weights]}, bias {bias:.3f}")


if __name__ == "__main__":
    main()
