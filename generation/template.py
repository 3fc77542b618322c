"""A checkpoint's tokenizer and chat template: messages to ids, ids to text; no model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from generation.chat import Message
from library.errors import InputError, ModelMissing


class Dialogue:
    """Reads `tokenizer.json` and `tokenizer_config.json` of a published folder."""

    def __init__(self, folder: Path) -> None:
        """Load both.

        :raises ModelMissing: one of them is absent or holds no template.
        """
        from tokenizers import Tokenizer

        try:
            self.tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
            about = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
        except Exception as error:  # noqa: BLE001 - the tokenizer's library raises bare exceptions
            raise ModelMissing(
                f"The model in {folder} cannot be used",
                f"its tokenizer cannot be read: {error}"[:300],
                "Copy tokenizer.json and tokenizer_config.json of the checkpoint beside its weights.",
            ) from error
        beside = folder / "chat_template.jinja"  # where transformers writes it since 4.43
        template = beside.read_text("utf-8") if beside.is_file() else about.get("chat_template")
        if isinstance(template, list):
            template = next((item["template"] for item in template if item.get("name") == "default"), None)
        if not template:
            raise ModelMissing(
                f"The model in {folder} cannot be used", "tokenizer_config.json has no chat_template",
                "Take the chat version of the checkpoint.",
            )  # fmt: skip
        self._template = str(template)
        self._ends = _ends(folder)
        self._words = {name: _plain(about.get(name)) for name in ("bos_token", "eos_token", "pad_token")}

    @cached_property
    def _compiled(self) -> Any:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        surroundings = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        surroundings.globals["raise_exception"] = _refuse
        return surroundings.from_string(self._template)

    def text(self, messages: Sequence[Message]) -> str:
        """The prompt as the template writes it, the reply begun."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        return str(self._compiled.render(messages=turns, add_generation_prompt=True, **self._words))

    def ids(self, text: str) -> list[int]:
        """Ids of a rendered prompt; the template brings its own special tokens."""
        found: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return found

    def opens(self, word: str) -> int:
        """The id that a reply of this word begins with."""
        return self.ids(word)[0]

    def stable(self, messages: Sequence[Message]) -> int:
        """How many first ids of the prompt another last question would leave as they are."""
        other = [*messages[:-1], Message(messages[-1].role, "？" if messages[-1].content[:1] != "？" else "A")]
        count = 0
        for one, two in zip(self.ids(self.text(messages)), self.ids(self.text(other)), strict=False):
            if one != two:
                break
            count += 1
        return count

    @cached_property
    def stops(self) -> frozenset[int]:
        """Ids that end a reply."""
        found = self.tokenizer.token_to_id(self._words["eos_token"])
        return self._ends if found is None else self._ends | {found}

    def marks(self, opening: str, closing: str) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
        """Ids whose text is the opening mark alone, the closing one alone, and those that hold one among other text."""
        first: set[int] = set()
        last: set[int] = set()
        mixed: set[int] = set()
        for number in range(self.tokenizer.get_vocab_size()):
            text = self.tokenizer.decode([number])
            if opening not in text and closing not in text:
                continue
            bare = text.strip(" ")
            (first if bare == opening else last if bare == closing else mixed).add(number)
        return frozenset(first), frozenset(last), frozenset(mixed)


def _plain(word: object) -> str:
    return str(word.get("content", "")) if isinstance(word, dict) else str(word or "")


def _ends(folder: Path) -> frozenset[int]:
    """The ids that generation_config.json ends a reply with: chat models have several."""
    try:
        found = json.loads((folder / "generation_config.json").read_text("utf-8")).get("eos_token_id")
    except (OSError, ValueError):
        return frozenset()
    return frozenset(map(int, found if isinstance(found, list) else [] if found is None else [found]))


def _refuse(message: str) -> str:
    raise InputError(
        "The model's chat template refuses the messages", message, "Ask another way, or take another model."
    )
