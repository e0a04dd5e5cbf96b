"""A trained model as a folder."""

from __future__ import annotations

import json
import warnings
from collections import OrderedDict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from bad_inputs.case import resealed
from scipy.special import expit, softmax
from torch import Tensor, nn

from logodds.data.cells import Cells
from logodds.data.table import Table
from logodds.features.features import Features
from logodds.features.fitted import tabular
from logodds.features.rows import Matrix
from logodds.features.tabular import TabularOptions
from logodds.models.logistic import Logistic
from logodds.models.mlp import MLP
from logodds.models.model import Model
from logodds.models.resnet import ResNet
from logodds.models.stacks.build import build
from logodds.models.stacks.padding import VECTOR
from logodds.models.stacks.resident import ResidentMatrix
from logodds.models.tabm import TabM
from logodds.serving import frames
from logodds.serving import package as packages
from logodds.serving.classifier import Classifier
from logodds.serving.package import Package
from logodds.system.errors import UserError

OPTIONS = TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=10)
MODELS: dict[str, Model] = {
    "logistic": Logistic(name="logistic"),
    "relu": MLP(name="mlp", hidden=[5, 3], activation="relu", dropout=0.3, groups=None),
    "tanh": MLP(name="mlp", hidden=[4], activation="tanh", dropout=0.0, groups=None),
    "gelu": MLP(name="mlp", hidden=[33], activation="gelu", dropout=0.0, groups=None),
    "sigmoid": MLP(name="mlp", hidden=[2, 2, 2], activation="sigmoid", dropout=0.0, groups=None),
    "bare": MLP(name="mlp", hidden=[], activation="relu", dropout=0.0, groups=None),
    "resnet": ResNet(name="resnet", width=6, blocks=2, dropout=0.2),
    "tabm": TabM(name="tabm", k=3, width=6, blocks=2, dropout=0.2),
}
OPTIONS = TabularOptions(name="tabular", scale="standard", bins=None, rare=0, max_categories=1000)
LAYERS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU, "sigmoid": nn.Sigmoid}


def saved(package: packages.Package, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in packages.files(package).items():
        (folder / name).write_bytes(data)


def rows(count: int = 70) -> Table:
    draws = np.random.default_rng(0)
    columns = pa.table(
        {
            "n": pa.array([None if draw < 0.2 else draw * 10 for draw in draws.random(count)]),
            "c": pa.array([["red", "blue", None][index] for index in draws.integers(0, 3, count)]),
            "m": draws.normal(size=count),
        }
    )
    return Table(columns, draws.integers(0, 2, count), "y", ("no", "yes"))


def made(name: str, outputs: int = 1, classes: tuple[str, ...] = ("no", "yes")) -> Package:
    features = tabular.fit(rows(), np.arange(40), OPTIONS, None)
    stack = build([MODELS[name]], given(features), outputs, [7], VECTOR, torch.device("cpu"))
    return Package(MODELS[name], outputs, features, stack.weights(0), classes, 0.3)


def given(features: Features) -> Matrix:
    """What the model reads."""
    matrix = features.apply(rows().columns, np.arange(70))
    assert isinstance(matrix, Matrix)
    return matrix


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    saved(made("relu"), tmp_path / "model")
    return tmp_path / "model"


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        packages.load(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", MODELS)
def test_round_trip_is_exact(tmp_path: Path, name: str) -> None:
    first = made(name)
    saved(first, tmp_path)
    again = packages.load(tmp_path)
    assert (again.model, again.outputs, again.features, again.classes, again.threshold) == (
        first.model,
        first.outputs,
        first.features,
        first.classes,
        first.threshold,
    )
    assert again.digest() == first.digest()
    np.testing.assert_array_equal(again.logits(rows().columns), first.logits(rows().columns))
    assert again.logits(rows().columns).shape == (70,)


@pytest.mark.parametrize("name", MODELS)
def test_same_package_is_the_same_bytes(tmp_path: Path, name: str) -> None:
    for folder in ("a", "b"):
        saved(made(name), tmp_path / folder)
    names = ["features.json", "model.json", "weights.safetensors"]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == names
    for file in names:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def plain(model: Model, weights: dict[str, Tensor]) -> nn.Sequential:
    """The network of torch.nn alone that the weights' names and shapes promise."""
    hidden = model.hidden if isinstance(model, MLP) else []
    widths = [weights["layers.0.weight"].shape[1], *hidden, 1]
    layers = nn.ModuleList([nn.Linear(fan_in, fan_out) for fan_in, fan_out in pairwise(widths)])
    nn.ModuleDict({"layers": layers}).load_state_dict(weights)
    parts = [layers[0]]
    for layer in list(layers)[1:]:
        parts += [LAYERS[model.activation](), layer] if isinstance(model, MLP) else [layer]
    return nn.Sequential(*parts)


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ("resnet", "tabm")])
def test_weights_load_into_plain_torch(tmp_path: Path, name: str) -> None:
    saved(made(name), tmp_path)
    found = packages.load(tmp_path)
    x = torch.from_numpy(given(found.features).values)
    with torch.no_grad():
        expected = plain(found.model, found.weights)(x)[:, 0].numpy()
    np.testing.assert_allclose(found.logits(rows().columns), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["logistic", "relu", "resnet", "tabm"])
def test_a_package_of_many_classes_gives_a_logit_per_class(tmp_path: Path, name: str) -> None:
    first = made(name, 3, ("a", "b", "c"))
    saved(first, tmp_path)
    again = packages.load(tmp_path)
    assert (again.outputs, again.classes) == (3, ("a", "b", "c"))
    found = again.logits(rows().columns)
    assert found.shape == (70, 3)
    np.testing.assert_array_equal(found, first.logits(rows().columns))
    stack = build([again.model], given(again.features), 3, [0], VECTOR, torch.device("cpu"))
    stack.load_weights(0, again.weights)
    expected = stack.logits(ResidentMatrix(given(again.features), torch.device("cpu")), [0])[0]
    np.testing.assert_array_equal(found, expected.numpy())


@pytest.mark.parametrize("name", ["logistic", "relu", "resnet", "tabm"])
def test_two_logits_become_the_log_odds_of_the_positive_class(name: str) -> None:
    two = made(name, 2)
    found = two.logits(rows().columns)
    assert found.shape == (70,)
    stack = build([two.model], given(two.features), 2, [7], VECTOR, torch.device("cpu"))
    logits = stack.logits(ResidentMatrix(given(two.features), torch.device("cpu")), [0])[0]
    expected = torch.logit(torch.softmax(logits.double(), 1)[:, 1])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("outputs", "classes"),
    [(1, ("no", "yes")), (2, ("no", "yes")), (3, ("a", "b", "c"))],
    ids=["one logit", "two logits", "three"],
)
@pytest.mark.parametrize("name", ["logistic", "relu", "resnet", "tabm"])
def test_probabilities_are_those_of_the_logits(name: str, outputs: int, classes: tuple[str, ...]) -> None:
    found = made(name, outputs, classes)
    logits = torch.from_numpy(found.logits(rows().columns).astype(np.float64))
    whole = logits if outputs == 3 else torch.stack([torch.zeros_like(logits), logits], dim=1)
    probability = found.probabilities(rows().columns)
    assert (probability.shape, probability.dtype) == ((70, len(classes)), np.float64)
    np.testing.assert_allclose(probability, torch.softmax(whole, dim=1), rtol=1e-14)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e4, 1e30])
def test_probabilities_of_any_logits_are_probabilities(scale: float) -> None:
    for outputs, classes in ((1, ("no", "yes")), (3, ("a", "b", "c"))):
        found = made("logistic", outputs, classes)
        weights = {key: tensor * scale for key, tensor in found.weights.items()}
        probability = replace(found, weights=weights).probabilities(rows().columns)
        assert ((probability >= 0.0) & (probability <= 1.0)).all()
        np.testing.assert_allclose(probability.sum(axis=1), 1.0, rtol=1e-15)
        assert found.probabilities(rows().columns.slice(0, 0)).shape == (0, len(classes))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("outputs", "classes", "shape"), [(1, ("n", "y"), (0,)), (3, ("a", "b", "c"), (0, 3))])
def test_no_rows_give_no_logits(name: str, outputs: int, classes: tuple[str, ...], shape: tuple[int, ...]) -> None:
    assert made(name, outputs, classes).logits(rows().columns.slice(0, 0)).shape == shape


class Residual(nn.Module):
    """x + layers(x)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.Dropout(0.2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def test_residual_weights_load_into_plain_torch(tmp_path: Path) -> None:
    first = made("resnet")
    statistics = torch.Generator().manual_seed(1)
    weights = {
        key: torch.rand(tensor.shape, generator=statistics) + 0.5 if "running" in key else tensor
        for key, tensor in first.weights.items()
    }
    saved(replace(first, weights=weights), tmp_path)
    found = packages.load(tmp_path)
    blocks = [Residual(6), Residual(6)]
    network = nn.Sequential(
        nn.Linear(given(found.features).values.shape[1], 6), *blocks, nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 1)
    )
    network.load_state_dict(OrderedDict(found.weights))
    x = torch.from_numpy(given(found.features).values)
    with torch.no_grad():
        expected = network.eval()(x)[:, 0].numpy()
    np.testing.assert_allclose(found.logits(rows().columns), expected, rtol=1e-6, atol=1e-6)


def test_logits_of_a_row_do_not_depend_on_its_neighbours() -> None:
    found = made("relu")
    whole = found.logits(rows().columns)
    alone = [found.logits(rows().columns.slice(row, 1))[0] for row in range(70)]
    np.testing.assert_allclose(alone, whole, rtol=1e-6, atol=1e-6)


def test_digest_is_that_of_the_weights() -> None:
    found = made("relu")
    changed = {**found.weights, "layers.0.bias": found.weights["layers.0.bias"] + 1.0}
    assert replace(found, threshold=0.9).digest() == found.digest()
    assert replace(found, weights=changed).digest() != found.digest()


@pytest.mark.parametrize("name", ["weights.safetensors", "features.json"])
def test_damaged_file_is_refused(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    for place in (0, len(data) // 2, len(data) - 1):
        damaged = data.copy()
        damaged[place] ^= 1
        (folder / name).write_bytes(damaged)
        assert f"{name}: damaged" in refusal(folder)
    (folder / name).write_bytes(data[:-1])
    assert f"{name}: damaged" in refusal(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "features.json", "model.json"])
def test_missing_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"{folder / name}: no such" in refusal(folder)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "no such model" in refusal(tmp_path / "absent")


@pytest.mark.parametrize("version", [0, 3, "4", None])
def test_other_format_is_refused(folder: Path, version: object) -> None:
    about = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**about, "format": version}))
    assert f"format {version}, this version reads 4" in refusal(folder)


@pytest.mark.parametrize("data", [b"", b"[]", b"5", b"null", b"{", b"{}", b"\xff"])
def test_other_text_is_refused(folder: Path, data: bytes) -> None:
    (folder / "model.json").write_bytes(data)
    assert "not a model description" in refusal(folder)


@pytest.mark.parametrize("key", ["model", "outputs", "classes", "threshold", "sha256"])
def test_description_without_a_key_is_refused(folder: Path, key: str) -> None:
    about = json.loads((folder / "model.json").read_text())
    del about[key]
    (folder / "model.json").write_bytes(resealed(json.dumps(about).encode()))
    assert "model.json: not a model description" in refusal(folder)


@pytest.mark.parametrize("change", [{"hidden": [0]}, {"name": "mpl"}, {"width": 3}])
def test_description_of_no_model_is_refused(folder: Path, change: dict[str, object]) -> None:
    about = json.loads((folder / "model.json").read_text())
    about["model"] |= change
    (folder / "model.json").write_bytes(resealed(json.dumps(about).encode()))
    assert refusal(folder).startswith(f"{folder}: model.{next(iter(change))}")


def test_weights_of_another_model_are_refused() -> None:
    with pytest.raises(UserError, match="weights do not fit the model"):
        replace(made("relu"), weights=made("tanh").weights).logits(rows().columns)
    with pytest.raises(UserError, match="weights do not fit the model"):
        replace(made("resnet"), weights=made("tanh").weights).logits(rows().columns)


def test_missing_column_is_refused() -> None:
    with pytest.raises(UserError, match="column 'm' is not in the rows"):
        made("relu").logits(rows().columns.drop_columns(["m"]))


def test_a_column_that_is_there_twice_is_refused() -> None:
    columns = rows().columns
    with pytest.raises(UserError, match="column 'm' is not in the rows, or twice"):
        made("relu").logits(columns.append_column("m", columns.column("m")))


def test_unknown_words_are_told_in_a_warning() -> None:
    columns = pa.table({"c": ["x", "y", "x", "y"], "n": [1.0, 2.0, 4.0, 3.0]})
    table = Table(columns, np.array([0, 1, 0, 1]), "y", ("no", "yes"))
    state = tabular.fit(table, np.arange(4), OPTIONS, None)
    frame = pd.DataFrame({"n": [1.0, 2.0], "c": ["x", "other"], "unread": [0, 0]})
    with pytest.warns(UserWarning, match="column 'c': 1 row with a word that no train row had .'other'."):
        read = frames.columns(frame, state)
    assert read.select(["c", "n"]).to_pylist() == [{"c": "x", "n": 1.0}, {"c": "other", "n": 2.0}]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frames.columns(columns.to_pandas(), state)


def test_a_column_of_numbers_and_words_changes_no_other(tmp_path: Path) -> None:
    columns = pa.table({"c": ["5", "red", "5", "red"], "n": [12.125, 3.375, 1.0, 2.0]})
    table = Table(columns, np.array([0, 1, 0, 1]), "y", ("no", "yes"), cells=Cells((), comma=True, stated=False))
    state = tabular.fit(table, np.arange(4), OPTIONS, None)
    expected = state.apply(columns, np.arange(4)).values
    mixed = pd.DataFrame({"c": [5, "red", 5, "red"], "n": [12.125, 3.375, 1.0, 2.0]})
    np.testing.assert_array_equal(state.apply(frames.columns(mixed, state), np.arange(4)).values, expected)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (pd.DataFrame([["5", "x", 1.0]], columns=["c", "c", "n"]), "column 'c' is in the rows twice; leave one out"),
        (pd.DataFrame({"c": ["5"], "n": [1 + 2j]}), "column 'n': complex128 values cannot be read; convert it"),
    ],
)
def test_rows_that_cannot_be_read_are_refused_by_column(frame: pd.DataFrame, told: str) -> None:
    table = Table(pa.table({"c": ["5", "red"], "n": [1.0, 2.0]}), np.array([0, 1]), "y", ("no", "yes"))
    with pytest.raises(UserError) as caught:
        frames.columns(frame, tabular.fit(table, np.arange(2), OPTIONS, None))
    assert str(caught.value) == told


def test_the_answer_of_two_classes_is_by_the_threshold(tmp_path: Path) -> None:
    probability = expit(made("relu").logits(rows().columns))
    threshold = float(np.median(probability))
    saved(replace(made("relu"), threshold=threshold), tmp_path)
    expected = pd.DataFrame({"prediction": np.where(probability >= threshold, "yes", "no"), "probability": probability})
    found = Classifier(tmp_path).predict(rows().columns.to_pandas())
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert found["prediction"].nunique() == 2


def test_the_answer_of_three_classes_has_the_probability_of_each(tmp_path: Path) -> None:
    saved(made("bare", 3, ("a", "b", "c")), tmp_path)
    each = softmax(packages.load(tmp_path).logits(rows().columns), axis=1)
    expected = pd.DataFrame({"prediction": np.array(["a", "b", "c"])[each.argmax(axis=1)]})
    expected["probability"] = each.max(axis=1)
    expected[["probability a", "probability b", "probability c"]] = each
    found = Classifier(tmp_path).predict(rows().columns.to_pandas())
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
    assert found["prediction"].nunique() > 1
