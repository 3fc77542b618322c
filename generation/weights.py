"""Weights of the claim verifier, written by `python -m eval.fit` from half A (`half_g`) of: ab_ExpertQA 218, ab_Stanford-GenSearch 280, wice_claim 172."""

PLAIN_BIAS = -0.93716
PLAIN = {
    "coverage": 0.64155,
    "window": 0.85473,
    "pairs": 1.24312,
    "run": 0.66435,
    "near": 0.54136,
    "missing_rare": -0.07896,
    "names": -0.22879,
    "figures": -1.00322,
    "negation": -0.20904,
    "decisive": -1.39991,
    "words": 0.03690,
}
VECTOR_BIAS = -2.32021
VECTOR = {
    "coverage": 0.28164,
    "window": 0.43140,
    "pairs": 0.75692,
    "run": 0.58561,
    "near": 0.04540,
    "missing_rare": -0.07287,
    "names": -0.24317,
    "figures": -0.96731,
    "negation": -0.18285,
    "decisive": -1.61948,
    "words": 0.01706,
    "cosine": 1.11449,
    "joined_cosine": 1.40978,
    "soft": 0.29797,
    "worst": 0.84058,
}

READ_BIAS = 0.0
READ: dict[str, float] = {}
