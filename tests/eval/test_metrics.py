import pytest

from eval import metrics


def test_ranking_metrics_by_hand() -> None:
    assert metrics.ndcg(["a", "b", "c"], {"b"}) == pytest.approx(0.63093, abs=1e-5)
    assert metrics.ndcg(["b", "a"], {"a", "b"}) == 1
    assert metrics.reciprocal_rank(["a", "b"], {"b"}) == 0.5
    assert metrics.recall(["a", "b"], {"b", "z"}, k=10) == 0.5
    with pytest.raises(ValueError, match="relevant"):
        metrics.ndcg(["a"], set())
