"""The reader through sentence-transformers says what it says through us."""

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from numpy.typing import NDArray
from sentence_transformers import CrossEncoder

from library.errors import InputError
from retrieval.reader.cross_encoder import NO_LIBRARY, export
from retrieval.reader.reader import Reader, Text
from ui.cli import cli

PASSAGES = (
    "本手册适用于所有型号。主机的额定功率为 350 瓦，峰值功率为 500 瓦。整机保修三年。",
    "承租人应当按月支付租金。租金为每月三千元，于每月五日前支付。押金为两个月租金。",
    "The Normans were descended from Norse raiders. William the Conqueror invaded England in 1066.",
    "Batches are sorted by length before they are encoded, so that little padding is computed.",
    "退货须在七日内提出，运费由卖方承担。",
)
QUESTIONS = ("主机的额定功率是多少？", "什么时候支付租金？", "Who invaded England?", "why are batches sorted")
PAIRS = [(question, passage) for question in QUESTIONS for passage in PASSAGES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "reader"
    assert CliRunner().invoke(cli, ["models", "export-reader", str(folder)]).exit_code == 0
    return folder


def ours() -> NDArray[np.float64]:
    """Logits of relevance, [questions, passages]; each question's passages are read at once."""
    reader, texts = Reader(threads=1), [Text(passage) for passage in PASSAGES]
    return np.array([[one.relevant for one in reader.judge(question, texts, NO_LIBRARY)] for question in QUESTIONS])


def test_twenty_pairs_score_as_with_our_reader_and_stand_in_the_same_order(folder: Path) -> None:
    model, wanted = CrossEncoder(str(folder), trust_remote_code=True, device="cpu"), ours()
    logits = model.predict(PAIRS, activation_fn=torch.nn.Identity())
    assert np.abs(logits - wanted.ravel()).max() < 1e-3
    for question, row in zip(QUESTIONS, wanted, strict=True):
        ranked = [int(found["corpus_id"]) for found in model.rank(question, list(PASSAGES))]
        assert ranked == np.argsort(-row).tolist()
    assert model.num_labels == 1 and 0 < float(model.predict(PAIRS[0])) < 1


def test_other_batches_change_no_more_than_int8_does(folder: Path) -> None:
    model, wanted = CrossEncoder(str(folder), trust_remote_code=True, device="cpu"), ours().ravel()
    logits = model.predict(PAIRS, activation_fn=torch.nn.Identity(), batch_size=3)
    assert np.abs(logits - wanted).max() < 0.15 * np.ptp(wanted)
    assert np.corrcoef(logits, wanted)[0, 1] > 0.99


def test_a_saved_copy_opens_too(folder: Path, tmp_path: Path) -> None:
    model = CrossEncoder(str(folder), trust_remote_code=True, device="cpu")
    model.save_pretrained(str(tmp_path / "copy"), create_model_card=False)
    again = CrossEncoder(str(tmp_path / "copy"), trust_remote_code=True, device="cpu")
    assert again.predict(PAIRS[:2]).tolist() == model.predict(PAIRS[:2]).tolist()


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match="there already"):
        export(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
