"""A model that answers raw rows with a class and a probability each."""

from __future__ import annotations

from pathlib import Path
from typing import final

import numpy as np
import pandas as pd

from logodds.evaluation.metrics.binary import sigmoid, threshold_logit
from logodds.serving import frames, package


@final
class Classifier:
    """The model in a folder (see ``package.py``).

    Raises:
        UserError: a file of the folder is missing, damaged or of another version.
    """

    def __init__(self, folder: Path) -> None:
        self._package = package.load(folder)

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Predict the class of each raw row.

        Returns:
            A row per input row. The column ``prediction`` is the class. With two classes, ``probability`` is that of
            the positive class; with more, that of the predicted class, and a column ``probability CLASS`` per class
            follows.

        Raises:
            UserError: a column is missing, or holds what the model cannot read.
        """
        names = np.array(self._package.classes)
        columns = frames.columns(rows, self._package.features)
        if len(names) == 2:
            logits = self._package.logits(columns)
            positive = (logits >= threshold_logit(self._package.threshold)).astype(int)
            return pd.DataFrame({"prediction": names[positive], "probability": sigmoid(logits)})
        probabilities = self._package.probabilities(columns)
        table = pd.DataFrame(
            {"prediction": names[probabilities.argmax(axis=1)], "probability": probabilities.max(axis=1)}
        )
        return table.assign(**{f"probability {name}": probabilities[:, index] for index, name in enumerate(names)})
