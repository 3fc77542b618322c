from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import pytest
import torch

from generation.deepseek.batch import Batch
from generation.deepseek.constrain import Grounded, SuffixAutomaton
from generation.deepseek.generate import Request, Token, generate
from generation.deepseek.kept import Kept
from generation.deepseek.model import Model
from generation.deepseek.sampling import Sampler, Sampling, filtered
from generation.deepseek.speculate import MtpDraft, PromptLookup, Switch
from tests.generation.deepseek import toys

Make = Callable[..., Model]


class Always(Switch):
    """Drafts at every step, so that a test sees what drafting does."""

    def most(self, longest: int) -> int:
        return longest


class Oracle:
    """Guesses that are right, wrong, or right by half."""

    def __init__(self, truth: Sequence[int], right: float, seed: int) -> None:
        self._truth, self._right, self._random = list(truth), right, random.Random(seed)

    def draft(self, ids: Sequence[int], most: int) -> list[int]:
        after = self._truth[len(ids) : len(ids) + most]
        return [token if self._random.random() < self._right else (token + 1) % 96 for token in after]

    def read(self, hidden: torch.Tensor, ids: Sequence[int]) -> None:
        assert hidden.shape[0] < len(ids)


def ids_of(tokens: Sequence[Token]) -> list[int]:
    return [token.id for token in tokens]


def request(seed: int, *, count: int = 30, **more: object) -> Request:
    return Request(toys.ids(count, seed=seed, vocab=96), max_tokens=24, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("family", ["fp32", "bf16", "fp16", "int8", "int4"])
@pytest.mark.parametrize("right", [0.0, 0.5, 1.0])
def test_checked_guesses_never_change_a_token(tiny: Make, family: str, right: float) -> None:
    for seed in range(14):
        model = tiny(seed, family=family)
        how = Sampling(temperature=0.8, seed=seed) if seed % 2 else Sampling()
        asked = request(seed, sampling=how)
        plain = list(generate(model, asked))
        oracle = Oracle([*asked.ids, *ids_of(plain)], right, seed)
        assert list(generate(model, asked, drafter=oracle, switch=Always())) == plain


@pytest.mark.parametrize("family", ["fp32", "bf16", "int8"])
def test_prompt_lookup_and_mtp_give_exactly_the_greedy_tokens(tiny: Make, family: str) -> None:
    for seed in range(10):
        model = tiny(seed, family=family)
        asked = Request(toys.ids(12, seed=seed, vocab=96) * 3, max_tokens=40)
        plain = list(generate(model, asked))
        assert list(generate(model, asked, drafter=PromptLookup(), switch=Always())) == plain
        assert list(generate(model, asked, drafter=MtpDraft(model), switch=Always())) == plain
        assert list(generate(model, asked, drafter=PromptLookup())) == plain


def test_mtp_reads_what_a_single_pass_would(tiny: Make) -> None:
    """Its guesses after accepted and refused ones are those of a fresh layer over the whole text."""
    model = tiny(3)
    asked = request(3)
    drafter, seen = MtpDraft(model), []
    real = drafter.draft
    drafter.draft = lambda ids, most: seen.append((list(ids), real(ids, most))) or seen[-1][1]  # type: ignore[method-assign,func-returns-value,assignment]
    list(generate(model, asked, drafter=drafter, switch=Always()))
    assert len(seen) > 10
    for ids, guess in seen:
        fresh = MtpDraft(model)
        fresh.read(model.prefill(ids[:-1], model.cache("bf16")), ids)
        assert fresh.draft(ids, 1) == guess


def test_prompt_lookup_finds_what_followed_the_latest_match() -> None:
    lookup = PromptLookup()
    assert lookup.draft([1, 2, 3, 4, 9, 2, 3, 5, 7, 2, 3], 2) == [5, 7]
    assert lookup.draft([1, 2, 3, 4, 9, 2, 3, 5, 7, 2, 3, 4], 3) == [9, 2, 3]
    assert PromptLookup().draft([1, 2, 3], 4) == []


def test_the_switch_drafts_where_it_pays_and_stops_where_not() -> None:
    def run(gain: int, cost: float) -> int:
        switch, drafted = Switch(), 0
        for _ in range(200):
            rows = 1 + switch.most(7)
            drafted += rows > 1
            switch.record(rows, min(gain, rows), cost if rows > 1 else 1.0)
        return drafted

    assert run(gain=8, cost=2.0) > 190
    assert run(gain=1, cost=2.0) <= 4  # the first try and one for every 64 tokens
    assert run(gain=2, cost=3.0) <= 4


def test_a_row_has_the_same_bits_alone_and_in_a_batch(tiny: Make) -> None:
    for family in ("fp32", "bf16", "fp16", "int8", "int4"):
        model = tiny(1, family=family)
        caches = [model.cache() for _ in range(5)]
        for number, cache in enumerate(caches):
            model.prefill(toys.ids(10 + 60 * number, seed=number, vocab=96), cache)
        alone = [model.step([number], [cache.fork()])[0][0] for number, cache in enumerate(caches)]
        together = model.step(list(range(5)), [cache.fork() for cache in caches])[0]
        assert all(bool((row == one).all()) for row, one in zip(together, alone, strict=True)), family


def test_a_batch_gives_every_request_its_own_reply(tiny: Make) -> None:
    model = tiny(2)
    asked = [
        request(seed, count=5 + 20 * seed, sampling=Sampling(temperature=0.7 * (seed % 2), seed=seed))
        for seed in range(7)
    ]
    alone = [list(generate(model, one)) for one in asked]
    for most in (1, 3, 8):
        found: list[list[Token]] = [[] for _ in asked]
        for place, token in Batch(model, most=most).run(asked):
            found[place].append(token)
        assert found == alone


def test_a_cancelled_or_refused_request_stops_no_other(tiny: Make) -> None:
    model = tiny(2)
    batch = Batch(model)
    with pytest.raises(ValueError, match="vocabulary"):
        batch.add(Request([5, 96]))
    first, second = batch.add(request(1)), batch.add(request(2))
    found = []
    for turn in range(24):
        if turn == 3:
            batch.cancel(first)
        found += batch.step()
    assert [token for number, token in found if number == second] == list(generate(model, request(2)))
    assert sum(number == first for number, _ in found) == 3
    assert batch.step() == []


def test_a_reply_ends_by_stop_length_or_cancel(tiny: Make) -> None:
    model = tiny(4)
    whole = list(generate(model, request(4)))
    assert len(whole) == 24 and whole[-1].finish == "length" and not any(token.finish for token in whole[:-1])
    at = ids_of(whole).index(whole[5].id)
    stopped = list(generate(model, request(4, stop=frozenset({whole[5].id}))))
    assert ids_of(stopped) == ids_of(whole)[: at + 1] and stopped[-1].finish == "stop"
    count = 0

    def cancelled() -> bool:
        return count >= 3

    found = []
    for token in generate(model, request(4), cancelled=cancelled):
        found.append(token)
        count += 1
    assert ids_of(found) == [*ids_of(whole)[:3], -1] and found[-1].finish == "cancelled"
    assert ids_of(list(generate(model, request(4), cancelled=lambda: True))) == [-1]


def test_a_kept_prefix_changes_no_token(tiny: Make) -> None:
    model = tiny(5)
    kept = Kept(model)
    evidence = toys.ids(150, seed=9, vocab=96)
    for seed in range(4):
        asked = Request([*evidence, *toys.ids(9, seed=seed, vocab=96)], max_tokens=12, stable=150, store="fp32")
        assert ids_of(list(generate(model, asked, kept=kept))) == ids_of(list(generate(model, asked)))
        assert kept.longest(asked.ids, "fp32").length == 128  # type: ignore[union-attr]
    whole = Request(evidence[:128], max_tokens=5, stable=128, store="fp32")
    assert ids_of(list(generate(model, whole, kept=Kept(model)))) == ids_of(list(generate(model, whole)))


def test_logprobs_are_of_the_plain_softmax(tiny: Make) -> None:
    model = tiny(6)
    asked = request(6, sampling=Sampling(temperature=2.0, top_k=5, penalty=1.3))
    ids = list(asked.ids)
    for token in generate(model, asked):
        want = model.logits(model.prefill(ids, model.cache()))[-1].log_softmax(-1)[token.id]
        assert math.isclose(token.logprob, float(want), abs_tol=0.05)
        ids.append(token.id)


def test_filters_keep_what_their_papers_say() -> None:
    scores = torch.tensor([0.1, 0.4, 0.2, 0.3]).log()
    assert filtered(scores, Sampling(top_k=2)).tolist() == pytest.approx([0, 4 / 7, 0, 3 / 7])
    assert filtered(scores, Sampling(top_p=0.5)).tolist() == pytest.approx([0, 4 / 7, 0, 3 / 7])
    assert filtered(scores, Sampling(top_p=0.01)).tolist() == pytest.approx([0, 1, 0, 0])
    assert filtered(scores, Sampling(min_p=0.6)).tolist() == pytest.approx([0, 4 / 7, 0, 3 / 7])
    assert filtered(scores, Sampling()).tolist() == pytest.approx([0.1, 0.4, 0.2, 0.3])
    with pytest.raises(ValueError, match="out of range"):
        Sampling(top_p=0)


def test_draws_follow_their_probabilities_and_their_seed() -> None:
    scores = torch.tensor([0.1, 0.4, 0.2, 0.3]).log()
    draws = [Sampler(Sampling(temperature=1, seed=seed)).draw(scores, [])[0] for seed in range(4000)]
    assert [draws.count(token) / 4000 for token in range(4)] == pytest.approx([0.1, 0.4, 0.2, 0.3], abs=0.03)
    again = [Sampler(Sampling(temperature=1, seed=seed)).draw(scores, [])[0] for seed in range(50)]
    assert again == draws[:50]


def test_the_penalty_lowers_what_was_seen() -> None:
    sampler = Sampler(Sampling(penalty=2.0))
    assert sampler.draw(torch.tensor([1.0, 1.5, -1.0]), [1])[0] == 0
    assert sampler.draw(torch.tensor([-3.0, -1.5, -2.0]), [1])[0] == 2


def naive_spans(documents: Sequence[Sequence[int]], wanted: Sequence[int]) -> list[tuple[int, int]]:
    n = len(wanted)
    return [
        (d, at)
        for d, ids in enumerate(documents)
        for at in range(len(ids) - n + 1)
        if list(ids[at : at + n]) == list(wanted)
    ]


def test_the_automaton_knows_every_sequence_and_no_other() -> None:
    draw = random.Random(1)
    for _ in range(60):
        documents = [[draw.randrange(4) for _ in range(draw.randrange(1, 14))] for _ in range(3)]
        automaton = SuffixAutomaton(documents)
        assert len(automaton.next) <= 2 * (sum(map(len, documents)) + 3)
        for _ in range(40):
            wanted = [draw.randrange(4) for _ in range(draw.randrange(1, 6))]
            state: int | None = 0
            for token in wanted:
                state = automaton.step(state, token) if state is not None else None
            spans = naive_spans(documents, wanted)
            assert (state is not None) == bool(spans)
            if state is not None:
                document, last = automaton.end(state)
                assert (document, last + 1 - len(wanted)) in spans
                follow = {documents[d][at + len(wanted)] for d, at in spans if at + len(wanted) < len(documents[d])}
                assert set(automaton.following(state)) == follow


def test_500_replies_quote_only_the_evidence_and_say_where(tiny: Make) -> None:
    opening, closing, banned = frozenset({90}), frozenset({91}), frozenset({92})
    count = 0
    for seed in range(500):
        draw = random.Random(seed)
        documents = [[draw.randrange(2, 93) for _ in range(draw.randrange(1, 40))] for _ in range(3)]
        rule = Grounded(SuffixAutomaton(documents), opening, closing, banned, vocabulary=96)
        model = tiny(seed % 5)
        with torch.inference_mode():
            model.head.weight[90] = model.norm * 0 + 0.3  # type: ignore[attr-defined]
        asked = Request(
            [*documents[0], 90][:20], max_tokens=14, constraint=rule, sampling=Sampling(temperature=3.0, seed=seed)
        )
        out = ids_of(list(generate(model, asked, drafter=PromptLookup() if seed % 2 else None, switch=Always())))
        assert 92 not in out
        for quote in rule.quotes:
            said = out[quote.first : quote.last]
            assert documents[quote.document][quote.start : quote.end] == said
            assert out[quote.first - 1] in opening and out[quote.last] in closing
            count += 1
        if rule.inside:
            start = max(at for at, token in enumerate(out) if token in opening) + 1
            assert start == len(out) or naive_spans(documents, out[start:])
    assert count > 50


def test_a_quote_that_the_evidence_does_not_hold_is_refused() -> None:
    rule = Grounded(SuffixAutomaton([[5, 6, 7]]), frozenset({1}), frozenset({2}))
    for token in (1, 5):
        rule.accept(token)
    assert rule.allowed() == {6, 2}
    with pytest.raises(ValueError, match="does not continue"):
        rule.accept(7)
