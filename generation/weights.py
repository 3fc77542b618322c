"""Weights of the claim verifier, written by `python -m eval.fit` from half A (`half_g`) of: ab_ExpertQA 218, ab_Stanford-GenSearch 280, wice_claim 172."""

PLAIN_BIAS = -0.93979
PLAIN = {
    "coverage": 0.63523,
    "window": 0.87160,
    "pairs": 1.23959,
    "run": 0.66255,
    "near": 0.53791,
    "missing_rare": -0.07889,
    "names": -0.22845,
    "figures": -1.00241,
    "negation": -0.20857,
    "decisive": -1.40039,
    "words": 0.03683,
}
VECTOR_BIAS = -2.33086
VECTOR = {
    "coverage": 0.27327,
    "window": 0.44435,
    "pairs": 0.75324,
    "run": 0.58382,
    "near": 0.04212,
    "missing_rare": -0.07279,
    "names": -0.24264,
    "figures": -0.96675,
    "negation": -0.18242,
    "decisive": -1.61970,
    "words": 0.01700,
    "cosine": 1.10960,
    "joined_cosine": 1.41212,
    "soft": 0.31568,
    "worst": 0.83825,
}
READ_BIAS = -0.71478
READ = {
    "coverage": 0.10885,
    "window": 0.25260,
    "pairs": 0.43647,
    "run": 0.16643,
    "near": -0.18465,
    "missing_rare": -0.00446,
    "names": -0.14931,
    "figures": -0.80082,
    "negation": -0.09204,
    "decisive": -1.39533,
    "words": 0.02888,
    "cosine": 0.62749,
    "joined_cosine": 0.90539,
    "soft": -0.00265,
    "worst": 0.59930,
    "relevant": 0.04088,
    "answers": 0.10874,
    "supports": 0.19777,
}
