"""The model as MLflow serves it: raw rows in, class and probability out.

MLflow runs this file when it loads the model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import mlflow
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from logodds.evaluation.metrics.binary import sigmoid, threshold_logit
from logodds.serving import frames, package


@final
class Classifier(PythonModel):
    """A model folder (see ``package.py``) behind MLflow's interface."""

    def load_context(self, context: PythonModelContext) -> None:
        self._package = package.load(Path(context.artifacts["package"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predict the class of each raw row.

        Returns:
            A row per input row. The column ``prediction`` is the class. With two classes, ``probability`` is that of
            the positive class; with more, that of the predicted class, and a column ``probability CLASS`` per class
            follows.
        """
        names = np.array(self._package.classes)
        columns = frames.columns(model_input, self._package.features)
        if len(names) == 2:
            logits = self._package.logits(columns)
            positive = (logits >= threshold_logit(self._package.threshold)).astype(int)
            return pd.DataFrame({"prediction": names[positive], "probability": sigmoid(logits)})
        probabilities = self._package.probabilities(columns)
        table = pd.DataFrame(
            {"prediction": names[probabilities.argmax(axis=1)], "probability": probabilities.max(axis=1)}
        )
        return table.assign(**{f"probability {name}": probabilities[:, index] for index, name in enumerate(names)})


mlflow.models.set_model(Classifier())
