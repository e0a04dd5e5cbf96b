"""Sweeps as whole commands, from shell to prompt, each run with its complete record in MLflow; and their memory.

Beside ours: a plain script as people write it, under Hydra's basic launcher (the tutorial loop, log_metrics per epoch,
scikit-learn's metrics, a confusion matrix by matplotlib, log_model with given requirements); and this project's own
runs one by one, under Hydra's basic launcher and under joblib with two processes; and ours without a record.
breast_cancer, batch size 32, 20 epochs.

python benchmarks/sweepcommand.py
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path

from checkout import copy, cost
from timing import Row, Target, medians, show, size

COUNT, MANY = size(64, 2), size(256, 3)
REPETITIONS = size(7)  # of those whose difference counts
MODELS = {"logistic": ("model=logistic",), "MLP 64-64": ("model=mlp", "model.hidden=[64,64]")}
SHARED = ("problem=breast_cancer", "train.batch_size=32", f"train.epochs={size(20, 2)}", "train.device=cpu")
PLAIN = """
import hydra
import matplotlib

matplotlib.use("Agg")
import mlflow
import pandas as pd
import torch
from matplotlib import pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay, accuracy_score, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@hydra.main(version_base="1.3", config_path=None)
def main(config):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    frame = pd.read_csv(config.path)
    x, t = frame.drop(columns="diagnosis"), (frame["diagnosis"] == "malignant").astype("float32")
    x_train, x_val, t_train, t_val = train_test_split(x, t, test_size=0.2, stratify=t, random_state=42)
    scaler = StandardScaler().fit(x_train)
    x_train, x_val = (torch.tensor(scaler.transform(part), dtype=torch.float32) for part in (x_train, x_val))
    t_train, t_val = (torch.tensor(part.to_numpy())[:, None] for part in (t_train, t_val))
    hidden = [64, 64] if config.mlp else []
    layers = []
    for fan_in, fan_out in zip([30, *hidden], hidden):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(hidden[-1] if hidden else 30, 1))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr)
    loader = DataLoader(TensorDataset(x_train, t_train), batch_size=32, shuffle=True)
    mlflow.set_tracking_uri(config.store)
    mlflow.set_experiment("plain")
    with mlflow.start_run(run_name=f"lr={config.lr}"):
        mlflow.log_params({"lr": config.lr, "epochs": 20, "batch_size": 32, "hidden": hidden})
        for epoch in range(20):
            running = 0.0
            for batch, labels in loader:
                optimizer.zero_grad()
                loss = criterion(model(batch), labels)
                loss.backward()
                optimizer.step()
                running += loss.item() * len(batch)
            with torch.no_grad():
                logits = model(x_val)
            figures = {"train_loss": running / len(x_train), "val_loss": criterion(logits, t_val).item()}
            mlflow.log_metrics({**figures, "val_f1": f1_score(t_val, logits > 0)}, step=epoch)
        probability = logits.sigmoid().numpy()
        mlflow.log_metrics(
            {
                "accuracy": accuracy_score(t_val, probability > 0.5),
                "roc_auc": roc_auc_score(t_val, probability),
                "log_loss": log_loss(t_val, probability),
            }
        )
        figure, axes = plt.subplots()
        ConfusionMatrixDisplay.from_predictions(t_val.numpy(), probability > 0.5, ax=axes)
        mlflow.log_figure(figure, "confusion_matrix.png")
        plt.close(figure)
        mlflow.pytorch.log_model(model, name="model", pip_requirements=["torch"], serialization_format="pickle")


main()
"""


def main() -> None:
    rows = []
    with copy() as folder:
        (folder / "plain.py").write_text(PLAIN)
        cost(folder, ["src/train.py", *SHARED])  # makes the store
        shutil.copyfile(folder / "mlruns" / "mlflow.db", folder / "first.db")
        for name, overrides in list(MODELS.items())[: size(2, 1)]:
            rows += compare(folder, name, overrides)
    show("Sweeps from shell to prompt", rows)


def compare(folder: Path, name: str, overrides: Sequence[str]) -> list[Row]:
    store = f"sqlite:///{folder / 'plain.db'}"
    mlp = str(name != "logistic").lower()
    data = folder / "data" / "breast_cancer.csv"
    plain = ["plain.py", "-m", f"+path={data}", f"+store={store}", f"+mlp={mlp}", f"+lr={rates(COUNT)}"]
    ours = ["src/train.py", "-m", *SHARED, *overrides, "sweep.retry=all"]
    basic, joblib = ["hydra/launcher=basic"], ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    alone = cost(folder, ["src/train.py", *SHARED, *overrides, "train.seed=1"])
    found = []
    for many, by_one, by_two in ((COUNT, 4.0, 3.0), (MANY, 6.0, 4.0)):
        jobs = f"optim.lr={rates(many)}"
        repeated = (cost(folder, [*ours, jobs]) for _ in range(size(3)))
        middle = sorted(repeated, key=lambda each: each.seconds)[size(3) // 2]
        told = f"{middle.seconds:.1f} s"
        if many == COUNT:
            theirs = cost(folder, plain).seconds
            work = f"{many} {name}, plain script"
            found.append(Row(work, told, f"{theirs:.1f} s", theirs / middle.seconds, Target(10.0, at_least=True)))
        for how, launcher, least in (("one by one", basic, by_one), ("two processes", joblib, by_two)):
            theirs = cost(folder, [*ours, *launcher, jobs]).seconds
            work = f"{many} {name}, own runs {how}"
            found.append(Row(work, told, f"{theirs:.1f} s", theirs / middle.seconds, Target(least, at_least=True)))
        more, beyond = f"  … memory beyond that of one run ({alone.memory:.0f} MiB)", middle.memory - alone.memory
        found.append(Row(more, f"{beyond:.0f} MiB", "200 MiB", beyond / 200, Target(1.0, at_least=False)))
    found.append(record(folder, ours, f"{MANY} {name}"))
    return [*found, Row(f"one {name} alone", f"{alone.seconds:.1f} s")]


def record(folder: Path, ours: Sequence[str], work: str) -> Row:
    """The share of its time that a sweep spends on its records. Each is a new one in a store of one run, for files that
    take the place of others are slower to make."""
    turns = count(1)

    def seconds(kind: str) -> float:
        turn = next(turns)
        store = shutil.copyfile(folder / "first.db", folder / f"{turn}.db")
        jobs = f"optim.lr={rates(MANY, turn)}"
        return cost(folder, [*ours, f"tracking={kind}", jobs], MLFLOW_TRACKING_URI=f"sqlite:///{store}").seconds

    found = medians({kind: partial(seconds, kind) for kind in ("mlflow", "none")}, REPETITIONS)
    share, told = 1.0 - found["none"] / found["mlflow"], f"{found['none']:.1f} s without"
    return Row(f"{work}, share of the records", f"{found['mlflow']:.1f} s", told, share, Target(0.25, at_least=False))


def rates(number: int, turn: int = 0) -> str:
    """Others in each turn."""
    return ",".join(f"{0.001 * (k + 1) + 1e-6 * turn:.6f}" for k in range(number))


if __name__ == "__main__":
    main()
