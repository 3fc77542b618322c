from pathlib import Path

import pytest

from generation import odds
from generation.chat import Delta, Message, Options
from generation.local import LocalBackend
from generation.template import Dialogue
from library.errors import ModelMissing
from library.records import Evidence
from tests.generation.deepseek import tiny

SOURCE = "主机的额定功率为 350 瓦。电源线必须接地。The latent cache holds one row a token."
EVIDENCE = (Evidence(1, "d", "手册", "v", 100, 100 + len(SOURCE), SOURCE),)
MESSAGES = [Message("system", "Rules.\n" + 4 * SOURCE), Message("user", "功率是多少？")]


@pytest.fixture(scope="module")
def quoting(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    """A model that begins a quote at every chance."""
    folder = tiny.checkpoint(tmp_path_factory.mktemp("m") / "quoting", "v3", texts=[SOURCE] * 20, favour={"“": 60.0})
    return LocalBackend(folder, precision="fp32")


def said(backend: LocalBackend, **options: object) -> list[Delta]:
    return list(backend.stream(MESSAGES, options=Options(evidence=EVIDENCE, max_tokens=40, **options)))  # type: ignore[arg-type]


def test_every_quote_stands_in_the_evidence_where_it_says(quoting: LocalBackend) -> None:
    deltas = said(quoting, temperature=1.0, seed=3)
    quotes = [delta for delta in deltas if delta.source]
    assert quotes
    for delta in quotes:
        assert delta.source and delta.inline
        number, start, end = delta.source
        assert number == 1 and SOURCE[start - 100 : end - 100] == delta.text
    assert deltas[-1].finish in ("stop", "length") and deltas[-1].usage["completion_tokens"] <= 40
    assert "\ufffd" not in "".join(delta.text for delta in quotes)


def test_the_same_seed_says_the_same_and_a_second_question_reads_from_what_was_kept(quoting: LocalBackend) -> None:
    assert [d.text for d in said(quoting, seed=1)] == [d.text for d in said(quoting, seed=1)]
    assert quoting._kept.bytes() > 0


def test_closing_the_stream_ends_it(quoting: LocalBackend) -> None:
    stream = quoting.stream(MESSAGES, options=Options(evidence=EVIDENCE, max_tokens=4000))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    with pytest.raises(StopIteration):
        next(stream)


def test_thinking_is_apart_where_the_template_opens_it(tmp_path: Path) -> None:
    backend = LocalBackend(tiny.checkpoint(tmp_path / "r1", "r1"), precision="fp32")
    deltas = list(backend.stream(MESSAGES, options=Options(max_tokens=20)))
    assert any(delta.thinking for delta in deltas) and not any(delta.text for delta in deltas)


@pytest.mark.parametrize("family", ["v2", "v3", "r1"])
def test_the_template_puts_what_is_stable_first(tmp_path: Path, family: tiny.Family) -> None:
    dialogue = Dialogue(tiny.checkpoint(tmp_path / family, family))
    ids = dialogue.ids(dialogue.text(MESSAGES))
    stable = dialogue.stable(MESSAGES)
    assert len(dialogue.ids("Rules.\n")) < stable < len(ids)
    assert "功率是多少" not in dialogue.tokenizer.decode(ids[:stable])


def test_a_folder_without_a_tokenizer_is_one_sentence(tmp_path: Path) -> None:
    folder = tiny.checkpoint(tmp_path / "m", "v3")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelMissing, match="tokenizer"):
        LocalBackend(folder)


def test_stop_strings_end_a_reply_over_token_borders(tmp_path: Path) -> None:
    backend = LocalBackend(tiny.checkpoint(tmp_path / "m", "v2"), precision="fp32")
    whole = "".join(d.text for d in backend.stream(MESSAGES, options=Options(max_tokens=30)))
    assert len(whole) > 8
    stop = whole[4:7]
    cut = "".join(d.text for d in backend.stream(MESSAGES, options=Options(max_tokens=30, stop=(stop,))))
    assert cut == whole[: whole.index(stop)]


def test_guesses_that_are_right_change_no_text(quoting: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several ids at once come out of a checked step, while the constraint stands behind the last of them."""
    from generation.deepseek import speculate

    monkeypatch.setattr(speculate.Switch, "most", lambda self, most: 0)
    plain = [(delta.text, delta.source) for delta in said(quoting)]
    monkeypatch.setattr(speculate.Switch, "most", lambda self, most: most)
    assert [(delta.text, delta.source) for delta in said(quoting)] == plain
    assert "".join(text for text, _ in plain).count("“") >= sum(source is not None for _, source in plain) > 3


def test_the_odds_of_two_first_words_are_those_of_its_logits(tmp_path: Path) -> None:
    folder = tiny.checkpoint(tmp_path / "sure", "v3", texts=["Yes No"] * 20, favour={"Y": 60.0, "N": 58.0})
    backend = LocalBackend(folder, precision="fp32")
    found = backend.odds(MESSAGES, ("Y", "N"))
    dialogue = Dialogue(folder)
    model = backend._model
    hidden = model.prefill(dialogue.ids(dialogue.text(MESSAGES)), model.cache("bf16", 64), cancelled=lambda: False)
    logits = model.logits(hidden[-1:])[0]
    right = odds.of_logits(logits, dialogue.opens("Y"), dialogue.opens("N"))
    assert found is not None and found != 0 and found == pytest.approx(right, abs=1e-3)
    assert backend._kept.bytes() == 0
