"""The `suyuan` command line: one group; its commands live in `ui/commands` and beside what they run.

No heavy library may be imported at the top: `suyuan --help` is to answer at once.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import click

from ui.commands import asking, documents, machine, serving
from ui.commands.group import Group

_ELSEWHERE = {
    "ingest": ("ingest.__main__", "command", "Bring the library in line with files and folders."),
    "models": ("ui.commands.models", "models_group", "Models on this machine: list, add, remove, export."),
    "audit": ("eval.audit.command", "audit_command", "Check stored answers against today's documents."),
}
_EVALUATIONS = {
    "retrieval": ("eval.retrieval", "retrieval_command", "Find the right passage: R@1, nDCG@10, MRR@10."),
    "ingest": ("eval.ingest", "ingest_command", "Read a folder of files against a manifest."),
    "reader": (
        "eval.reader",
        "reader_command",
        "Does the reader find the sentence, the passage, and that none answers?",
    ),
    "precision": (
        "eval.precision",
        "precision_command",
        "Compare the shipped models with slower ways of running them.",
    ),
    "refusal": ("eval.refusal", "refusal_command", "Is nothing answered where nothing answers?"),
    "followups": ("eval.followups", "followups_command", "Understand questions that lean on the ones before."),
    "mixed": ("eval.mixed", "mixed_command", "Ask a library that says everything in two languages which it prefers."),
    "qa": ("eval.qa", "qa_command", "Ask questions with expected strings."),
    "answers": ("eval.answers", "answers_command", "Ask a model questions of reading sets, beside the quote backend."),
    "compare": ("eval.results", "compare_command", "Compare two results case by case."),
    "quotes": ("eval.commands", "quotes_command", "Find true quotes, refuse false ones."),
    "verify": ("eval.commands", "verify_command", "Judge labelled claims against their evidence."),
    "disagreement": ("eval.disagreement", "disagreement_command", "Notice sources that differ in a figure."),
    "adversarial": ("eval.commands", "adversarial_command", "Change one detail of true sentences and see who notices."),
    "cells": ("eval.commands", "cells_command", "Tell cells of tables rightly and wrongly and see who notices."),
}


@click.group(cls=Group, elsewhere=_ELSEWHERE, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The library's folder (SUYUAN_HOME).")
@click.option("--debug", is_flag=True, help="Show tracebacks and the log.")
@click.version_option(package_name="suyuan")
def cli(home: Path | None, debug: bool) -> None:
    """Suyuan 溯源: ask your documents, and open the very words each sentence rests on."""
    if home is not None:
        os.environ["SUYUAN_HOME"] = str(home)
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(name)s: %(message)s")


@cli.group("eval", cls=Group, elsewhere=_EVALUATIONS)
def evaluate() -> None:
    """Measure on your own sets."""


for _command in (
    asking.search, asking.ask, documents.list_documents, documents.show, documents.remove, documents.collections,
    documents.reindex, machine.doctor, machine.config, machine.bench, serving.serve, serving.api,
):  # fmt: skip
    cli.add_command(_command)


def main() -> None:
    """Run the command line; Ctrl-C ends with exit code 130."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted; what was done is kept.", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
