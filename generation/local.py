"""The local backend: our DeepSeek engine behind the `Chat` protocol; text lives here, the engine knows ids only.

Between “ and ” the model can only continue words of the evidence, so a quote cannot be invented and where it stands is
known. The cache of rules and evidence is kept, so that a second question over them begins at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.chat import Clock, Delta, Message, Options
from generation.spoken import CLOSE, OPEN, THINK, Spoken
from generation.template import Dialogue

if TYPE_CHECKING:
    from generation.deepseek.assemble import Precision
    from generation.deepseek.constrain import Grounded
    from generation.deepseek.generate import Request, Token
    from generation.deepseek.kept import Kept
    from generation.deepseek.model import Model


class LocalBackend:
    """A DeepSeek checkpoint in a folder; loaded at the first question."""

    def __init__(
        self, folder: Path, *, precision: Precision = "16-bit", kept: Path | None = None, kept_mb: int = 1024,
        disk_mb: int = 8192,
    ) -> None:  # fmt: skip
        """:param kept: where the caches of prompt beginnings outlive the process; limits in MiB.

        :raises ModelMissing: there is no tokenizer in the folder.
        """
        self.name = f"local:{folder.name}"
        self._folder, self._precision = folder, precision
        self._kept_at, self._memory, self._disk = kept, kept_mb << 20, disk_mb << 20
        self._dialogue = Dialogue(folder)

    @cached_property
    def _model(self) -> Model:
        from generation.checkpoints.load import load

        return load(self._folder, self._precision)

    @cached_property
    def _kept(self) -> Kept:
        from generation.deepseek.kept import Kept

        return Kept(self._model, self._kept_at, memory=self._memory, disk=self._disk)

    @cached_property
    def _marks(self) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
        return self._dialogue.marks(OPEN, CLOSE)

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """See `Chat`; a quote comes as one piece with its source."""
        from generation.deepseek.generate import generate
        from generation.deepseek.speculate import PromptLookup

        clock, text = Clock(), self._dialogue.text(messages)
        sources = _Sources(self._dialogue, options)
        request = self._request(text, messages, options, sources)
        out = Spoken(self._dialogue, options.stop, thinking=text.rstrip().endswith(THINK))
        count, finish = 0, "stop"
        tokens = generate(self._model, request, kept=self._kept, drafter=PromptLookup())
        try:
            for token in tokens:
                clock.piece()
                count += 1
                finish = token.finish or finish
                yield from self._said(token, out, sources)
                if out.stopped:
                    finish = "stop"
                    break
        finally:
            close: Any = getattr(tokens, "close", None)
            if close:
                close()
        yield from out.rest()
        usage = {
            "prompt_tokens": len(request.ids), "completion_tokens": count, "cache_bytes": self._kept.bytes(), **clock.usage(),
        }  # fmt: skip
        yield Delta(usage=usage, finish=finish)

    def odds(self, messages: Sequence[Message], words: tuple[str, str]) -> float | None:
        """See `generation.odds.Weighs`; nothing of the prompt is kept."""
        from generation.deepseek.generate import Request, begin
        from generation.odds import of_logits

        ids = self._dialogue.ids(self._dialogue.text(messages))
        _, states = begin(self._model, Request(ids, max_tokens=1))
        return of_logits(self._model.logits(states[-1:])[0], *(self._dialogue.opens(word) for word in words))

    def _request(self, text: str, messages: Sequence[Message], options: Options, sources: _Sources) -> Request:
        from generation.deepseek.generate import Request
        from generation.deepseek.sampling import Sampling

        opening, closing, banned = self._marks
        grounded = sources.grounded(opening, closing, banned) if opening and closing and options.evidence else None
        return Request(
            self._dialogue.ids(text), max_tokens=options.max_tokens,
            sampling=Sampling(temperature=options.temperature, seed=options.seed), stop=self._dialogue.stops,
            constraint=grounded, stable=self._dialogue.stable(messages),
        )  # fmt: skip

    def _said(self, token: Token, out: Spoken, sources: _Sources) -> Iterator[Delta]:
        closed = sources.take(token.id)
        if token.id < 0 or token.id in self._dialogue.stops:
            return
        if closed:
            yield from out.quote(*closed)
            return
        yield from out.token(token.id, inside=sources.inside)


class _Sources:
    """The evidence as ids, the constraint over it, and each closed quote's place."""

    def __init__(self, dialogue: Dialogue, options: Options) -> None:
        self._items = list(options.evidence)
        self._encoded = [dialogue.tokenizer.encode(item.text, add_special_tokens=False) for item in self._items]
        self._vocabulary = dialogue.tokenizer.get_vocab_size()
        self._grounded: Grounded | None = None
        self._seen = self._count = 0
        self.inside = (
            False  # whether a quote is open behind the last token taken; checked guesses let the constraint run ahead
        )

    def grounded(self, opening: frozenset[int], closing: frozenset[int], banned: frozenset[int]) -> Grounded:
        from generation.deepseek.constrain import Grounded, SuffixAutomaton

        automaton = SuffixAutomaton(encoded.ids for encoded in self._encoded)
        self._grounded = Grounded(automaton, opening, closing, banned, vocabulary=self._vocabulary)
        return self._grounded

    def take(self, token: int) -> tuple[str, tuple[int, int, int]] | None:
        """The quote that this token closes: its words and (evidence number, start, end) in the version's text."""
        self._count += 1
        own = self._grounded
        if own is None:
            return None
        if not self.inside:
            self.inside = token in own.opening
            return None
        if token not in own.closing:
            return None
        self.inside = False
        if self._seen == len(own.quotes) or own.quotes[self._seen].last != self._count - 1:
            return None  # nothing stood between the marks
        quote = own.quotes[self._seen]
        self._seen += 1
        item, offsets = self._items[quote.document], self._encoded[quote.document].offsets
        start, end = offsets[quote.start][0], offsets[quote.end - 1][1]
        return item.text[start:end], (item.number, item.start + start, item.start + end)
