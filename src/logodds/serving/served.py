"""The model as MLflow serves it: raw rows in, class and probability out. MLflow runs this file at load."""

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
    """A folder of ``package.py`` behind MLflow's interface."""

    def load_context(self, context: PythonModelContext) -> None:
        self._package = package.load(Path(context.artifacts["package"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Raw rows -> ``prediction`` (a class) and ``probability``: of two classes that of the positive one, else that
        of the predicted one, beside those of each class."""
        names = np.array(self._package.classes)
        columns = frames.columns(model_input, self._package.features)
        if len(names) == 2:
            logits = self._package.logits(columns)
            called = (logits >= threshold_logit(self._package.threshold)).astype(int)
            return pd.DataFrame({"prediction": names[called], "probability": sigmoid(logits)})
        every = self._package.probabilities(columns)
        found = pd.DataFrame({"prediction": names[every.argmax(axis=1)], "probability": every.max(axis=1)})
        return found.assign(**{f"probability {name}": every[:, index] for index, name in enumerate(names)})


mlflow.models.set_model(Classifier())
