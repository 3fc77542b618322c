"""Checkpoints of other architectures (Qwen2, Llama and what else transformers knows) behind the `Chat` protocol.

transformers gives the logits; the draw, the text and the end of a reply are as in our own engine. The cache of the last
prompt is kept, so that a second question over the same evidence reads only what is new.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from generation.chat import Clock, Delta, Message, Options
from generation.spoken import THINK, Spoken
from generation.template import Dialogue
from library.errors import ModelMissing, SettingError

if TYPE_CHECKING:
    from torch import Tensor

_PART = 512  # tokens of a prompt that are read at once; between parts a reply can be cancelled


def architecture(folder: Path) -> str:
    """`model_type` of the folder's config.json; empty where there is none to read."""
    try:
        return str(json.loads((folder / "config.json").read_text("utf-8")).get("model_type", ""))
    except (OSError, ValueError):
        return ""


class PretrainedBackend:
    """A checkpoint folder that transformers can load; loaded at the first question."""

    def __init__(self, folder: Path, *, precision: Literal["fp32", "16-bit", "int8", "int4"] = "16-bit") -> None:
        """:raises ModelMissing: there is no tokenizer or no chat template in the folder.

        :raises SettingError: a form is asked for that only our own engine makes.
        """
        if precision in ("int8", "int4"):
            raise SettingError(
                f"{folder.name} cannot be read as {precision}", "only DeepSeek checkpoints are quantised at load",
                "Take a GGUF file of the model, or set SUYUAN_LOCAL__PRECISION=16-bit.",
            )  # fmt: skip
        self.name = f"local:{folder.name}"
        self._folder, self._wide = folder, precision == "fp32"
        self._dialogue = Dialogue(folder)
        self._ids: list[int] = []
        self._cache: Any = None

    @cached_property
    def _model(self) -> Any:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForCausalLM

        gpu = torch.cuda.is_available()
        # Without instructions for it a CPU multiplies bfloat16 far slower than float32.
        narrow = not self._wide and (gpu or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()))
        try:
            model = AutoModelForCausalLM.from_pretrained(
                self._folder, dtype=torch.bfloat16 if narrow else torch.float32, local_files_only=True
            )
        except (OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError) as error:
            raise ModelMissing(
                f"The model in {self._folder} cannot be loaded", " ".join(str(error).split())[:200].rstrip("."),
                "Use a whole checkpoint of an architecture that transformers knows, or a GGUF file.",
            ) from error  # fmt: skip
        return model.to("cuda" if gpu else "cpu").eval()

    def stream(self, messages: Sequence[Message], *, options: Options) -> Iterator[Delta]:
        """See `Chat`; closing ends the reply before its next token."""
        from generation.deepseek.sampling import Sampler, Sampling

        clock, text = Clock(), self._dialogue.text(messages)
        prompt = self._dialogue.ids(text)
        ids, said, finish = list(prompt), 0, "length"
        out = Spoken(self._dialogue, options.stop, thinking=text.rstrip().endswith(THINK))
        sampler = Sampler(Sampling(temperature=options.temperature, seed=options.seed))
        while said < options.max_tokens:
            token, _ = sampler.draw(self._logits(ids), ids)
            clock.piece()
            ids.append(token)
            said += 1
            if token in self._dialogue.stops:
                finish = "stop"
                break
            yield from out.token(token, inside=False)
            if out.stopped:
                finish = "stop"
                break
        yield from out.rest()
        usage = {
            "prompt_tokens": len(prompt), "completion_tokens": said, "cache_bytes": self._bytes(), **clock.usage(),
        }  # fmt: skip
        yield Delta(usage=usage, finish=finish)

    def odds(self, messages: Sequence[Message], words: tuple[str, str]) -> float | None:
        """See `generation.odds.Weighs`; the cache of the last prompt is left as it is."""
        import torch

        from generation.odds import of_logits

        ids = torch.tensor([self._dialogue.ids(self._dialogue.text(messages))], device=self._model.device)
        with torch.inference_mode():
            logits = self._model(input_ids=ids, use_cache=False, logits_to_keep=1).logits[0, -1]
        return of_logits(logits, *(self._dialogue.opens(word) for word in words))

    def _logits(self, ids: Sequence[int]) -> Tensor:
        """Logits [V] after the ids; what the cache holds of them already is not read again."""
        import torch

        known = self._shared(ids)
        with torch.inference_mode():
            for at in range(known, len(ids), _PART):
                part = torch.tensor([ids[at : at + _PART]], device=self._model.device)
                found = self._model(input_ids=part, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
                self._cache = found.past_key_values
                self._ids = list(ids[: at + _PART])
        logits: Tensor = found.logits[0, -1]
        return logits

    def _shared(self, ids: Sequence[int]) -> int:
        """How many first ids the cache holds, at most all but the last; the rest of it is given up."""
        pairs = zip(ids[:-1], self._ids, strict=False)
        same = next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(ids) - 1, len(self._ids)))
        beyond = len(self._ids) - same
        try:
            if self._cache is not None and beyond:
                self._cache.crop(-beyond)
        except (RuntimeError, ValueError):  # a cache of a sliding window, which cannot go back
            self._cache, same = None, 0
        self._ids = self._ids[:same]
        return same

    def _bytes(self) -> int:
        layers = getattr(self._cache, "layers", ())
        held = [part for layer in layers for part in (layer.keys, layer.values) if part is not None]
        return sum(part.numel() * part.element_size() for part in held)
