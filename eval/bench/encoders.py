"""Embedding speed on one core: the packaged encoders as they ship, and sentence-transformers on the same deep model.

Rates are by CPU time, so that other work on the machine does not count; each is also set beside what the matrix products
alone could reach (`eval.bench.ceiling`).

The peer is a float32 `SentenceTransformer` built here out of the deep encoder's own weights, so that both compute the
same vectors; how near they are is part of the result.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.bench import ceiling
from eval.bench.timing import interleaved, machine
from library.settings import Settings
from library.text import sentences
from retrieval.encoders.e5 import MultilingualE5
from retrieval.encoders.e5_file import E5File
from retrieval.encoders.use import UniversalSentenceEncoder

_NAMES = {
    "embeddings.word_embeddings.weight": "emb.word", "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type", "embeddings.LayerNorm": "emb.ln", "encoder.layer.": "l",
    ".attention.self.query": ".q", ".attention.self.key": ".k", ".attention.self.value": ".v",
    ".attention.output.dense": ".ao", ".attention.output.LayerNorm": ".aln", ".intermediate.dense": ".fi",
    ".output.dense": ".fo", ".output.LayerNorm": ".oln", ".weight": ".w", ".bias": ".b",
}  # fmt: skip
_INSTANT_WINDOW, _INSTANT_BRANCH = 1280, 256  # the widest convolution of the averaging network: five tokens of 256
_INSTANT_FLOP = 2 * (512 * 768 + 2 * 10 * 256 * 256)  # a token, if no two tokens of a batch were the same
_ZH = "检索增强生成先在文档里找到与问题有关的段落，再让模型依据这些段落作答，每一句话都可以打开它所依据的原文。第{0}节说明第{1}个步骤。"
_EN = "Retrieval-augmented generation finds the passages that bear on a question and answers from them alone; section {0} explains step {1}."


def sample(count: int) -> list[str]:
    """Passages of about 100 to 350 tokens, Chinese and English in turn; the same every time."""
    return [
        "".join((_ZH if at % 2 else _EN).format(at, part) + " " for part in range(2 + at % 5)) for at in range(count)
    ]


def measure(settings: Settings, *, passages: int = 48, rounds: int = 5) -> dict[str, object]:
    """Tokens a second on one thread for deep, instant and the peer, their ratios, and how near the ceilings they are."""
    texts = sample(passages)
    parts = [[text[a:b] for a, b in sentences(text)] for text in texts]
    questions = [text.split("。")[0].split(";")[0] for text in sample(1000)]
    deep = MultilingualE5(threads=1, cache=settings.cache)
    instant = UniversalSentenceEncoder(threads=1)
    with tempfile.TemporaryDirectory() as place:
        peer = _peer(Path(place), deep)
        prefixed = ["passage: " + text for text in texts]
        near = float((deep.passages(texts) * peer(prefixed)).sum(1).min())
        instant.passages(texts[:2])
        seconds = interleaved(
            {
                "deep": lambda: deep.passages(texts),
                "sentence-transformers": lambda: peer(prefixed),
                "instant": lambda: instant.passages(texts),
                "with sentences": lambda: instant.passages_and_parts(parts),
                "questions": lambda: instant.queries(questions),
                "one question": lambda: [instant.queries([question]) for question in questions[:50]],
            },
            rounds=rounds,
            clock=time.process_time,
        )
    deep_tokens, instant_tokens = sum(map(deep.count, texts)), sum(map(instant.count, texts))
    rates = {
        "deep": deep_tokens / seconds["deep"],
        "sentence-transformers": deep_tokens / seconds["sentence-transformers"],
        "instant": instant_tokens / seconds["instant"],
    }
    own = deep.file
    weights = own.layers * (4 * own.hidden**2 + 2 * own.hidden * own.feed_forward)
    peak = ceiling.int8_gops(inputs=own.hidden, outputs=own.feed_forward)
    plain = ceiling.float32_gflops(inputs=_INSTANT_WINDOW, outputs=_INSTANT_BRANCH)
    return {
        "deep_tokens_per_s": round(rates["deep"]), "instant_tokens_per_s": round(rates["instant"]),
        "sentence_transformers_tokens_per_s": round(rates["sentence-transformers"]),
        "deep_ratio": round(rates["deep"] / rates["sentence-transformers"], 3),
        "instant_over_deep": round(rates["instant"] / rates["deep"], 3),
        "instant_with_sentences_tokens_per_s": round(instant_tokens / seconds["with sentences"]),
        "instant_questions_per_s": round(len(questions) / seconds["questions"]),
        "instant_one_question_ms": round(1000 * seconds["one question"] / 50, 2),
        "int8_peak_gops": round(peak), "deep_of_int8_peak": round(2e-9 * weights * rates["deep"] / peak, 3),
        "float32_peak_gflops": round(plain),
        "instant_of_float32_peak": round(1e-9 * _INSTANT_FLOP * rates["instant"] / plain, 3),
        "cosine_deep_to_peer_min": round(near, 4), "clock": "CPU", "threads": 1, "passages": passages, "rounds": rounds, **machine(),
    }  # fmt: skip


def _peer(folder: Path, deep: MultilingualE5) -> Any:
    """sentence-transformers on the deep encoder's weights: texts to float32 rows, one thread, unit norm."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer

    _write(folder, deep)
    torch.set_num_threads(1)
    body = Transformer(str(folder), max_seq_length=512)
    model = SentenceTransformer(modules=[body, Pooling(384, pooling_mode="mean"), Normalize()], device="cpu")

    def encode(texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.asarray(model.encode(list(texts), show_progress_bar=False), np.float32)

    return encode


def _write(folder: Path, deep: MultilingualE5) -> None:
    """The deep encoder as a BERT folder of the hub's form: config, weights, and a tokenizer with its own pieces."""
    import torch
    from transformers import BertConfig, BertModel

    file = deep.file
    config = BertConfig(
        vocab_size=file.vocabulary, hidden_size=file.hidden, num_hidden_layers=file.layers,
        num_attention_heads=file.heads, intermediate_size=file.feed_forward, max_position_embeddings=file.positions,
        type_vocab_size=2, layer_norm_eps=file.epsilon, pad_token_id=file.pad,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    held = model.state_dict()
    model.load_state_dict({name: torch.from_numpy(_tensor(file, name, held[name].shape)) for name in held})
    model.save_pretrained(folder)
    _tokenizer(file).save_pretrained(folder)


def _tensor(file: E5File, name: str, shape: Sequence[int]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A weight by the name that transformers' BERT gives it."""
    for long, short in _NAMES.items():
        name = name.replace(long, short)
    rows = np.array(file.tensor(name), np.float32)
    return np.resize(rows, shape) if rows.size != np.prod(shape) else rows.reshape(shape)


def _tokenizer(file: E5File) -> Any:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    pieces = [(piece.decode("utf-8", "replace"), float(score)) for piece, score in file.vocabulary_pieces()]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=file.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    bos, eos, pad, unk = (pieces[number][0] for number in (file.bos, file.eos, file.pad, file.unk))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}", special_tokens=[(bos, file.bos), (eos, file.eos)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=bos, eos_token=eos, cls_token=bos, sep_token=eos, pad_token=pad,
        unk_token=unk, model_max_length=file.positions,
    )  # fmt: skip
