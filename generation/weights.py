"""Weights of the claim verifier, written by `python -m eval.fit` from half A (`half_g`) of: ab_ExpertQA 218, ab_Stanford-GenSearch 280, wice_claim 172."""

PLAIN_BIAS = -0.93802
PLAIN = {
    "coverage": 0.64546,
    "window": 0.85338,
    "pairs": 1.24226,
    "run": 0.66412,
    "near": 0.54071,
    "missing_rare": -0.07903,
    "names": -0.22876,
    "figures": -1.00269,
    "negation": -0.20903,
    "decisive": -1.39988,
    "words": 0.03686,
}
VECTOR_BIAS = -2.31951
VECTOR = {
    "coverage": 0.28575,
    "window": 0.43075,
    "pairs": 0.75635,
    "run": 0.58543,
    "near": 0.04517,
    "missing_rare": -0.07296,
    "names": -0.24311,
    "figures": -0.96711,
    "negation": -0.18283,
    "decisive": -1.61939,
    "words": 0.01704,
    "cosine": 1.11480,
    "joined_cosine": 1.40841,
    "soft": 0.29672,
    "worst": 0.83935,
}
READ_BIAS = -0.69486
READ = {
    "coverage": 0.01144,
    "window": 0.21163,
    "pairs": 0.35478,
    "run": 0.16168,
    "near": -0.31591,
    "missing_rare": 0.00729,
    "names": -0.14472,
    "figures": -0.84702,
    "negation": -0.04639,
    "decisive": -1.53167,
    "words": 0.05141,
    "cosine": 0.67062,
    "joined_cosine": 0.87360,
    "soft": 0.08956,
    "worst": 0.60471,
    "relevant": 0.03386,
    "answers": 0.13609,
    "supports": 0.22219,
}
