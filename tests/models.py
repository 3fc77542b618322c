"""Small models made on the spot, in the forms that the hub ships."""

from __future__ import annotations

from pathlib import Path

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"额定功率是多少主机的为瓦承租人应当按月支付金。？ "]


def cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """A two-layer BERT with a classification head and a word-piece tokenizer; random weights, seed 0."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(WORDS)), "utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(dict.fromkeys(WORDS)), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=128, num_labels=labels,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def qwen2(folder: Path, *, texts: tuple[str, ...] = (), seed: int = 0) -> Path:
    """A two-layer Qwen2 with random weights, a byte-level tokenizer and a chat template, saved by transformers."""
    import json

    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from tests.generation.deepseek import tiny

    folder.mkdir(parents=True)
    known = tiny.tokenizer([*tiny.TEXTS, *texts])
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=known.get_vocab_size(), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, initializer_range=0.2, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(folder)
    known.save(str(folder / "tokenizer.json"))
    about = {"bos_token": tiny.BOS, "eos_token": tiny.EOS}
    (folder / "tokenizer_config.json").write_text(json.dumps(about), "utf-8")
    (folder / "chat_template.jinja").write_text(tiny.TEMPLATES["v3"], "utf-8")
    return folder
