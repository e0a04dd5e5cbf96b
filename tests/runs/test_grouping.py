"""Which trainings are one stack."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from logodds.data.sources.downloads import shipped
from logodds.engine.state import Data
from logodds.features.rows import Matrix
from logodds.runs import inputs
from logodds.runs.compose import compose
from logodds.runs.config import Config
from logodds.runs.grouping import LARGEST, groups
from logodds.system.errors import UserError


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    folder = tmp_path_factory.mktemp("data")
    shipped.write(folder)
    config = compose(["problem=toy", f"problem.path={folder / 'toy.csv'}"])
    table, parts = inputs.of_files(config.problem, config.split)
    return inputs.fitted(table, parts, config.features, config.split.column).data


def config(*overrides: str) -> Config:
    return compose(["problem=toy", *overrides])


ALIKE = [
    ("optim.lr=0.5",),
    ("optim.weight_decay=0.1",),
    ("train.seed=7",),
    ("train.patience=3",),
    ("train.clip_norm=1.0",),
    ("train.schedule=cosine",),
    ("train.sampling=weighted",),
    ("loss.pos_weight=2.0",),
    ("loss.label_smoothing=0.1",),
]
APART = [
    ("model=mlp",),
    ("optim=adam",),
    ("optim=newton",),
    ("optim.momentum=0.5",),
    ("train.epochs=3",),
    ("train.batch_size=3",),
    ("train.threads=2",),
    ("train.monitor=train/loss",),
    ("loss=focal",),
    ("loss=cross_entropy",),
    ("loss.from_logits=false",),
    ("evaluate.threshold=0.4",),
]
LOCAL = ("model=mlp", "model.hidden=[4]")


@pytest.mark.slow
def test_members_may_differ_in_numbers_of_their_own(data: Data) -> None:
    configs = [config(), *(config(*each) for each in ALIKE)]
    assert groups(configs, [data] * len(configs)) == [list(range(len(configs)))]


@pytest.mark.long
@pytest.mark.parametrize("overrides", APART, ids=str)
def test_another_shape_is_another_stack(data: Data, overrides: tuple[str, ...]) -> None:
    assert groups([config(), config(*overrides), config()], [data] * 3) == [[0, 2], [1]]


@pytest.mark.parametrize("overrides", [("optim=newton",), ("model=resnet",), ("model=mlp", "model.hidden=[300,300]")])
def test_what_cannot_be_stacked_is_alone(data: Data, overrides: tuple[str, ...]) -> None:
    assert groups([config(*overrides)] * 3, [data] * 3) == [[0], [1], [2]]


def test_rows_of_other_columns_or_batches_are_another_stack(data: Data) -> None:
    assert isinstance(data.x_train, Matrix)
    wider = Matrix(np.repeat(data.x_train.values, 2, axis=1), ("a", "b", "c", "d"))
    other = replace(data, x_train=wider)
    fewer = replace(data, x_train=Matrix(data.x_train.values[:-1], data.x_train.columns), t_train=data.t_train[:-1])
    batches = [config("train.batch_size=2")] * 3
    assert groups(batches, [data, other, data]) == [[0, 2], [1]]
    count = len(data.t_train)
    same = -(-count // 2) == -(-(count - 1) // 2)
    assert groups(batches[:2], [data, fewer]) == ([[0, 1]] if same else [[0], [1]])


def test_a_large_group_is_cut(data: Data) -> None:
    layers = [(3, 64), (65, 64), (65, 1)]
    most = LARGEST // sum(rows * columns for rows, columns in layers)
    configs = [config("model=mlp", "model.hidden=[64,64]", f"train.seed={seed}") for seed in range(3)] * 20
    found = groups(configs, [data] * 60)
    assert [len(group) for group in found] == [most, 60 - most]
    assert [k for group in found for k in group] == list(range(60))


@pytest.mark.long
@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        (1, [[0, 1, 2, 4, 5], [3]]),
        (2, [[0, 1, 2, 4, 5], [3]]),
        (3, [[0, 1], [2, 4, 5], [3]]),
        (4, [[0, 1], [2], [4, 5], [3]]),
        (6, [[0], [1], [2], [4], [5], [3]]),
        (9, [[0], [1], [2], [4], [5], [3]]),
    ],
)
def test_the_largest_groups_are_cut_for_more_jobs(data: Data, jobs: int, expected: list[list[int]]) -> None:
    configs = [config("model=mlp") if k == 3 else config(f"train.seed={k}") for k in range(6)]
    assert groups(configs, [data] * 6, jobs) == expected


def test_a_loss_that_does_not_fit_is_refused(data: Data) -> None:
    with pytest.raises(UserError, match=r"loss=bce: needs two classes"):
        groups([config()], [replace(data, classes=3)])


def test_locally_connected_layers_share_a_stack_where_the_same_inputs_are_connected(data: Data) -> None:
    """The lists name columns: the same lists connect other inputs where the rows have them in another order."""
    assert isinstance(data.x_train, Matrix)
    first, second = sorted(set(data.x_train.columns))
    turned = replace(data, x_train=Matrix(data.x_train.values, data.x_train.columns[::-1]))
    plain, apart, swapped = (
        config(*LOCAL, *([f"model.groups=[[{one}],[{other}]]"] if one else []))
        for one, other in (("", ""), (first, second), (second, first))
    )
    assert groups([apart, plain, apart, swapped, plain], [data] * 5) == [[0, 2], [1, 4], [3]]
    assert groups([apart, apart, apart], [data, turned, data]) == [[0, 2], [1]]
    assert groups([plain, plain], [data, turned]) == [[0, 1]]
