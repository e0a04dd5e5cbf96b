"""MLflow's own client. All other modules get it from here, because MLflow reads the settings below when it is
imported."""

from __future__ import annotations

import os

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # a dead server: fail in seconds, not a minute
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # commands print their own addresses
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")  # errors are also raised, and then shown as one line

from mlflow import MlflowClient

from logodds.system import sqlite


def connect(uri: str) -> MlflowClient:
    """Return a client of a store. If a database has no tables, they are created.

    Raises:
        MlflowException: the store cannot be reached, or its tables are of another version.
    """
    return MlflowClient(sqlite.openable(uri))
