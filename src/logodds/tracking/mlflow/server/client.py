"""MLflow's own client. Whatever uses it takes it from here: MLflow reads its settings when it is imported."""

from __future__ import annotations

import os

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # a dead server: seconds, not most of a minute
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # commands print addresses of their own
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")  # what goes wrong it raises too, and we tell in one line

from mlflow import MlflowClient


def connect(uri: str) -> MlflowClient:
    """Makes the tables of a database that has none.

    Raises:
        MlflowException: the store cannot be reached, or its tables are of another version.
    """
    return MlflowClient(uri)
