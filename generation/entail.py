"""An entailment model behind the verifier: any sentence-transformers `CrossEncoder` whose labels name the three classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from generation.verify import Entailed
from library.errors import ModelMissing, SettingError


class Entailment:
    """Says how likely a premise entails, leaves open or contradicts a hypothesis."""

    def __init__(self, name: str) -> None:
        """A model's name or folder.

        :raises ModelMissing: sentence-transformers or the model is absent.
        :raises SettingError: its labels do not name entailment and contradiction.
        """
        try:
            from sentence_transformers import CrossEncoder

            self._model: Any = CrossEncoder(name)
        except (ImportError, OSError, ValueError) as error:
            raise ModelMissing(
                f"The entailment model {name} cannot be loaded", str(error).splitlines()[0],
                "Install sentence-transformers and give a model's folder in SUYUAN_ANSWER__ENTAILMENT.",
            ) from error  # fmt: skip
        labels = {str(label).lower(): int(at) for at, label in self._model.model.config.id2label.items()}
        self._entails = next((at for label, at in labels.items() if label.startswith("entail")), -1)
        self._denies = next((at for label, at in labels.items() if label.startswith("contradict")), -1)
        if self._entails < 0 or self._denies < 0:
            raise SettingError(
                f"{name} cannot judge claims", f"its labels are {', '.join(labels)}",
                "Give a model with the labels entailment, neutral and contradiction.",
            )  # fmt: skip

    def __call__(self, premise: str, hypothesis: str) -> Entailed:
        """Probabilities for one pair."""
        return self.many([(premise, hypothesis)])[0]

    def many(self, pairs: Sequence[tuple[str, str]]) -> list[Entailed]:
        """Probabilities for each pair."""
        scores = np.asarray(self._model.predict(list(pairs), show_progress_bar=False), dtype=np.float64)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        rows = raised / raised.sum(axis=1, keepdims=True)
        return [Entailed(float(row[self._entails]), float(row[self._denies])) for row in rows]
