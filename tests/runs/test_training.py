"""Training together: whatever its neighbours, a run ends with the files that it has alone, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logodds.data.sources.downloads import shipped
from logodds.runs import inputs, training
from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.runs.grouping import groups
from logodds.runs.inputs import Inputs
from logodds.runs.outcome import Outcome
from logodds.runs.task import Task
from logodds.system.errors import JobError
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import Origin

NOWHERE = Origin("", "", {})
CONFIGS = 100
MODELS = {
    "logistic": (),
    "narrow": ("model=mlp", "model.hidden=[8]", "model.activation=tanh"),
    "deep": ("model=mlp", "model.hidden=[16,8]", "model.activation=gelu"),
}
OPTIMS: dict[str, dict[str, list[Any]]] = {
    "sgd": {"lr": [0.01, 0.3, 1e30], "momentum": [0.0, 0.5, 0.9], "weight_decay": [0.0, 0.01]},
    "adam": {"lr": [0.001, 0.1], "beta1": [0.0, 0.9], "beta2": [0.9, 0.999], "weight_decay": [0.0, 0.1]},
    "adamw": {"lr": [0.003, 0.03], "eps": [1e-8, 1e-3], "weight_decay": [0.0, 0.2]},
}
LOSS: dict[str, list[Any]] = {"label_smoothing": [0.0, 0.1], "pos_weight": [1.0, 2.5, "auto"]}
TRAIN: dict[str, list[Any]] = {
    "seed": [0, 1, 2, 3],
    "patience": [None, 1, 2, 4],
    "clip_norm": [None, 0.1],
    "schedule": ["constant", "cosine", "linear"],
    "sampling": ["shuffle", "stratified", "weighted"],
    "warmup_epochs": [0, 2],
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Inputs]:
    """Where breast_cancer's file is, and what training reads of it."""
    folder = tmp_path_factory.mktemp("data")
    shipped.write(folder)
    path = f"problem.path={folder / 'breast_cancer.csv'}"
    config = compose(["problem=breast_cancer", path])
    table, parts = inputs.of_files(config.problem, config.split)
    return path, inputs.fitted(table, parts, config.features, config.split.column)


def drawn(path: str) -> list[Config]:
    """Configurations that differ in whatever members of a stack may differ in, and in some that they may not."""
    random = np.random.default_rng(0)

    def some(choices: dict[str, list[Any]]) -> dict[str, Any]:
        return {name: values[random.integers(len(values))] for name, values in choices.items()}

    bases = {
        (model, optim): compose(["problem=breast_cancer", path, *MODELS[model], f"optim={optim}", "train.epochs=8"])
        for model in MODELS
        for optim in OPTIMS
    }
    found = []
    for _ in range(CONFIGS):
        model, optim = (list(names)[random.integers(len(names))] for names in (MODELS, OPTIMS))
        base = bases[model, optim]
        dropout = {} if model == "logistic" else some({"dropout": [0.0, 0.1, 0.5]})
        found.append(
            replace(
                base,
                model=replace(base.model, **dropout),
                optim=replace(base.optim, **some(OPTIMS[optim])),
                loss=replace(base.loss, **some(LOSS)),
                train=replace(base.train, batch_size=[32, 50][random.integers(2)], **some(TRAIN)),
            )
        )
    return found


def tasks(configs: Sequence[Config], given: Inputs, folder: Path) -> list[Task]:
    return [Task(config, given, NOWHERE, folder / str(k), Naming(str(k), {})) for k, config in enumerate(configs)]


def digests(folder: Path) -> dict[str, str]:
    """sha256 of each file by its path below the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.long
def test_a_hundred_runs_are_together_what_they_are_alone(rows: tuple[str, Inputs], tmp_path: Path) -> None:
    path, given = rows
    configs = drawn(path)
    together = tasks(configs, given, tmp_path / "together")
    grouped = groups(configs, [given.data] * CONFIGS)
    assert sorted(k for group in grouped for k in group) == list(range(CONFIGS))
    assert len(grouped) < CONFIGS / 4
    ended: dict[int, Outcome | JobError] = {}
    for group in grouped:
        found = training.train_together([together[k] for k in group], None, "together")
        ended.update(zip(group, found, strict=True))
    failed = 0
    for k, task in enumerate(tasks(configs, given, tmp_path / "alone")):
        outcome = ended[k]
        if isinstance(outcome, JobError):
            failed += 1
            with pytest.raises(JobError) as caught:
                training.train(task, None)
            assert str(caught.value) == str(outcome)
            continue
        alone = training.train(task, None)
        assert digests(task.folder) == digests(together[k].folder), f"run {k}: {configs[k]}"
        assert (alone.best_epoch, alone.score, alone.history) == (outcome.best_epoch, outcome.score, outcome.history)
        assert alone.figures() == outcome.figures()
    assert 0 < failed < CONFIGS / 4


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(1, 2, 7), (5, 5), (9, 1)], ids=str)
def test_neither_place_nor_number_of_neighbours_matters(
    rows: tuple[str, Inputs], tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    path, given = rows
    base = compose(
        ["problem=breast_cancer", path, *MODELS["deep"], "model.dropout=0.2", "train.epochs=4", "optim=adam"]
    )
    configs = [replace(base, train=replace(base.train, seed=k)) for k in range(10)]
    order = np.random.default_rng(sum(sizes)).permutation(10)
    cut = tasks(configs, given, tmp_path / "cut")
    for part in np.split(order, np.cumsum(sizes)[:-1]):
        training.train_together([cut[k] for k in part], None, "some")
    whole = tasks(configs, given, tmp_path / "whole")
    training.train_together(whole, None, "all")
    for one, other in zip(cut, whole, strict=True):
        assert digests(one.folder) == digests(other.folder)
