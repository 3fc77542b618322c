"""An entailment model by name, with a tiny one that is made here."""

from pathlib import Path

import pytest

from generation import verify
from generation.entail import Entailment
from library.errors import ModelMissing, SettingError
from library.records import ClaimStatus, Evidence


def tiny(folder: Path, labels: list[str], bias: list[float]) -> Path:
    """A one-layer BERT whose verdict is the bias of its head."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("sentence_transformers")
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b"]), "utf-8")
    config = transformers.BertConfig(
        vocab_size=7, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        id2label=dict(enumerate(labels)), label2id={label: at for at, label in enumerate(labels)},
    )  # fmt: skip
    model = transformers.BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor(bias))
    model.save_pretrained(folder)
    transformers.BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


EVIDENCE = [Evidence(1, "d", "", "v", 0, 66, "The ferry at Torpoint carries cars and lorries across the river Tamar.")]
CLAIM = "Vehicles of different kinds get over the Tamar by boat."


def test_its_labels_decide_what_words_cannot(tmp_path: Path) -> None:
    found = Entailment(str(tiny(tmp_path, ["contradiction", "entailment", "neutral"], [0.0, 5.0, 0.0])))
    pair = found("a", "b")
    assert pair.entails > 0.9 > pair.contradicts
    assert verify.judge(CLAIM, EVIDENCE).status is not ClaimStatus.SUPPORTED
    verdict = verify.judge(CLAIM, EVIDENCE, entails=found)
    assert verdict.status is ClaimStatus.SUPPORTED and verdict.decided.startswith("entailment")


def test_it_cannot_overrule_a_figure(tmp_path: Path) -> None:
    found = Entailment(str(tiny(tmp_path, ["contradiction", "entailment", "neutral"], [0.0, 5.0, 0.0])))
    evidence = [Evidence(1, "d", "", "v", 0, 30, "The ferry carries 300 cars a day.")]
    assert verify.judge("The ferry carries 400 cars a day.", evidence, entails=found).status is ClaimStatus.CONTRADICTED


def test_a_model_without_the_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="entailment"):
        Entailment(str(tiny(tmp_path, ["good", "bad", "other"], [0.0, 0.0, 0.0])))


def test_a_model_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    with pytest.raises(ModelMissing, match="SUYUAN_ANSWER__ENTAILMENT"):
        Entailment(str(tmp_path / "none"))
