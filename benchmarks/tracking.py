"""The cost of tracking: 1000 epochs with a record in MLflow against the same epochs without one.

breast_cancer, logistic, batch size 32, SGD, with validation rows; four figures per epoch into a new SQLite store.
Beside it, MLflow's own calls for the same figures: ``log_metrics`` after each epoch, and ``log_batch`` in full
requests.

python benchmarks/tracking.py
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import torch
from example import begin, breast_cancer
from timing import Row, Target, medians, show, size

from logodds.engine.fit import fit
from logodds.engine.state import Data
from logodds.runs.config import Config
from logodds.tracking.mlflow import opening
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.mlflow.server.writer import BATCH
from logodds.tracking.naming import Naming
from logodds.tracking.run import Run
from logodds.tracking.store import Store

EPOCHS = size(1000, 3)
REPETITIONS = size(9)
SLOW_REPETITIONS = 1  # log_metrics takes many seconds
OVERRIDES = ("model=logistic", f"train.epochs={EPOCHS}", "train.batch_size=32", "train.device=cpu")


def main() -> None:
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    torch.set_num_threads(1)
    config, data = breast_cancer(OVERRIDES)
    with tempfile.TemporaryDirectory() as name:
        store = opening.store(Path(name), "benchmark")
        plain, tracked = (lambda: train(config, data, None, None)), (lambda: recorded(config, data, store))
        fast = medians({"plain": plain, "tracked": tracked}, REPETITIONS)
        slow = medians(
            {"each": lambda: log_metrics(config, data, store), "batch": lambda: log_batch(config, data, store)},
            SLOW_REPETITIONS,
            warm=0,
        )
    cost = fast["tracked"] - fast["plain"]
    told = f"{fast['plain']:.3f} s"
    rows = [
        Row(
            f"{EPOCHS} epochs, tracked against untracked",
            f"{fast['tracked']:.3f} s",
            told,
            fast["tracked"] / fast["plain"],
            Target(1.1, at_least=False),
        ),
        Row("the record alone, MLflow's log_batch", f"{cost:.3f} s", f"{slow['batch']:.3f} s"),
        Row("the record alone, MLflow's log_metrics per epoch", f"{cost:.3f} s", f"{slow['each']:.3f} s"),
    ]
    show(f"Tracking: {100 * cost / fast['plain']:.1f} % on top of the training", rows)


def train(config: Config, data: Data, store: Store | None, run: Run | None) -> float:
    """Seconds of training, the record included."""
    state = begin(config, data)
    started = time.perf_counter()
    for epoch in fit(state, config.evaluate.threshold):
        figures = {name: values[0] for name, values in epoch.figures.items()}
        if run is not None:
            run.epoch(epoch.epochs[0], figures)
    if store is not None:
        store.flush()
    return time.perf_counter() - started


def recorded(config: Config, data: Data, store: Store) -> float:
    with store.run(Naming("logodds", {})) as run:
        return train(config, data, store, run)


def history(config: Config, data: Data) -> list[dict[str, float]]:
    """The figures by epoch."""
    state = begin(config, data)
    passes = fit(state, config.evaluate.threshold)
    return [{name: values[0] for name, values in epoch.figures.items()} for epoch in passes]


def uri(store: Store) -> str:
    """The address of MLflow's store."""
    assert isinstance(store.reader, MlflowReader)
    return store.reader.uri


def log_metrics(config: Config, data: Data, store: Store) -> float:
    """Seconds of MLflow's call per epoch, without the training."""
    import mlflow

    figures = history(config, data)
    with store.run(Naming("log_metrics", {})) as run:
        mlflow.set_tracking_uri(uri(store))
        started = time.perf_counter()
        for epoch, values in enumerate(figures, start=1):
            mlflow.log_metrics(values, step=epoch, synchronous=True, run_id=run.id)
        return time.perf_counter() - started


def log_batch(config: Config, data: Data, store: Store) -> float:
    """Seconds of MLflow's requests of 1000 metrics, without the training."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client = MlflowClient(uri(store))
    figures = history(config, data)
    with store.run(Naming("log_batch", {})) as run:
        started = time.perf_counter()
        now = time.time_ns() // 1_000_000
        metrics = [
            Metric(name, value, now, epoch)
            for epoch, values in enumerate(figures, start=1)
            for name, value in values.items()
        ]
        for first in range(0, len(metrics), BATCH):
            client.log_batch(run.id, metrics[first : first + BATCH])
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
