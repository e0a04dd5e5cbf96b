"""Every kind of problem from the command line: many classes, texts and pictures, from training to a served model."""

from __future__ import annotations

import base64
import csv
import io
import json
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import svg_picture
from conftest import Reproduced, beside_notes, by_scikit_learn, client, notes, printed_run, run
from mlflow.entities import Run
from numpy.typing import NDArray
from PIL import Image
from sklearn import metrics

from logodds.data import splitter
from logodds.data.sources.pictures import PictureFolders
from logodds.data.sources.readers.folders import listing
from logodds.data.sources.version import digest
from logodds.data.split import Split
from logodds.data.table import Table
from logodds.options import configfile
from logodds.runs.config import Config, read_config
from logodds.serving import package
from logodds.serving.package import Package

COLOURS = {"blue": (30, 60, 200), "green": (40, 170, 60), "red": (200, 40, 40)}
WORDS = {"greeting": "hello dear friend", "offer": "win free cash", "report": "figures rose again"}
FILLER = ["the", "a", "of", "to", "and", "in", "on", "for", "with", "at", "by", "it", "is", "was", "are"]
IDS = ("iris3", "digits", "bilstm", "ngrams", "flat", "cnn")


def arguments(data: Path) -> dict[str, list[str]]:
    texts = ["problem=csv", "problem.target=kind", "optim=adam", "optim.lr=0.05", "train.epochs=4"]
    pets = ["problem=pets", f"problem.path={data}/train", f"problem.test_path={data}/test", "problem.size=16"]
    return {
        "iris3": ["problem=iris3", "train.epochs=5"],
        "digits": ["problem=digits", "train.epochs=2"],
        "bilstm": [
            *(*texts, f"problem.path={data}/three.csv", "problem.name=bilstm", "loss=cross_entropy"),
            *("features=tokens", "model=bilstm", "model.embedding=8", "model.units=8"),
        ],
        "ngrams": [
            *(*texts, f"problem.path={data}/two.csv", "problem.name=ngrams", "features=ngrams", "model=logistic"),
        ],
        "flat": [*pets, "problem.name=flat", "problem.classes=[green,red]", "train.epochs=3"],
        "cnn": [
            *(*pets, "problem.name=cnn", "loss=cross_entropy", "train.epochs=2", "train.batch_size=8"),
            *("model=cnn", "model.channels=[4,4]", "model.flip=true", "model.shift=1"),
        ],
    }


def write_texts(path: Path, classes: Sequence[str], seed: int) -> None:
    """Twenty sentences per class, with marks, capitals and a line break; the words of its class are in most of them."""
    draws = np.random.default_rng(seed)
    rows = []
    for row in range(20 * len(classes)):
        name = classes[row % len(classes)]
        words = [*draws.choice(FILLER, draws.integers(5, 12)), *draws.choice(WORDS[name].split(), draws.integers(0, 3))]
        text = " ".join(draws.permutation(words)).capitalize()
        rows.append({"message": text + ("!" if row % 3 else ',\n"so", yes'), "kind": name})
    pd.DataFrame(rows).to_csv(path, index=False)


def write_pictures(folder: Path, each: int, seed: int) -> None:
    """Noisy pictures of one colour per class, of many sizes, in several formats."""
    draws = np.random.default_rng(seed)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(each):
            height, width = draws.integers(12, 40, 2)
            noise = draws.normal(0.0, 90.0, (height, width, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.{('png', 'jpg', 'gif', 'bmp')[number % 4]}")


@dataclass(frozen=True)
class Kind:
    """One problem after its training and the opening of its test rows: what both printed and left in the store."""

    clone: Path
    trained: subprocess.CompletedProcess[str]
    opened: str
    before: Run
    after: Run
    config: Config
    table: Table
    parts: Split
    package: Package

    def artifact(self, path: str) -> Path:
        """A file of the run."""
        return self.clone / "mlruns" / "artifacts" / self.config.problem.name / self.run_id / "artifacts" / path

    @property
    def run_id(self) -> str:
        return str(self.after.info.run_id)

    def part(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Logits and targets of ``train``, ``val`` or ``test``."""
        rows = getattr(self.parts, name)
        return self.package.logits(self.table.columns.take(rows)), self.table.target[rows]

    def called(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Predicted and actual classes of a part, as indices."""
        logits, target = self.part(name)
        return (logits >= 0.0).astype(int) if logits.ndim == 1 else logits.argmax(axis=1), target


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_texts(folder / "three.csv", list(WORDS), 0)
    write_texts(folder / "two.csv", ["greeting", "offer"], 1)
    write_pictures(folder / "train", 12, 2)
    write_pictures(folder / "test", 5, 3)
    return folder


# The command for one run after another: most of its time goes to imports.
OPEN = """
import sys
sys.path.insert(0, "src")
from logodds.commands import evaluate
for number, argument in enumerate(sys.argv[1:]):
    print(end="\\0" if number else "", flush=True)
    sys.argv[1:] = [argument]
    assert evaluate.main() == 0
"""


@pytest.fixture(scope="module")
def trained(reproduced: Reproduced, data: Path) -> dict[str, Kind]:
    """All of them, two at a time; then the test rows are opened."""
    clone, given = reproduced.clone, arguments(data)
    assert tuple(given) == IDS
    store = client(clone)

    with ThreadPoolExecutor(2) as pool:
        done = dict(zip(IDS, pool.map(lambda name: run(clone, "src/train.py", *given[name]), IDS), strict=True))
    runs = {name: printed_run(done[name].stdout) for name in IDS}
    before = {name: store.get_run(runs[name]) for name in IDS}
    output = run(clone, "-c", OPEN, *(f"run={runs[name]}" for name in IDS)).stdout
    opened = dict(zip(IDS, output.split("\0"), strict=True))
    found = {}
    for name in IDS:
        place = clone / "mlruns" / "artifacts" / name / runs[name] / "artifacts" / "config.yaml"
        config = read_config(configfile.load(place))
        table = replace(config.problem, path=str(clone / config.problem.path)).read()
        (folder,) = [Path(line.split()[1]) for line in done[name].stdout.splitlines() if line.startswith("files:")]
        found[name] = Kind(
            *(clone, done[name], opened[name], before[name], store.get_run(runs[name]), config, table),
            *(splitter.split(table, config.split), package.load(folder / "model")),
        )
    return found


@pytest.fixture(params=IDS)
def kind(request: pytest.FixtureRequest, trained: dict[str, Kind]) -> Kind:
    return trained[request.param]


def test_the_problems_are_of_every_kind(trained: dict[str, Kind]) -> None:
    assert {name: (each.config.features.name, len(each.table.classes)) for name, each in trained.items()} == {
        "iris3": ("tabular", 3),
        "digits": ("tabular", 10),
        "bilstm": ("tokens", 3),
        "ngrams": ("ngrams", 2),
        "flat": ("pixels", 2),
        "cnn": ("pixels", 3),
    }


def test_figures_are_those_of_scikit_learn(kind: Kind) -> None:
    of_validation, of_train = by_scikit_learn(*kind.part("val")), by_scikit_learn(*kind.part("train"))
    expected = {f"best/{name}": value for name, value in of_validation.items()}
    expected |= {f"train/{name}": of_train[name] for name in ("log_loss", "accuracy")}
    by_epoch = {"train/loss", "val/loss", "val/f1", "seconds/training"}
    found = {name: value for name, value in kind.before.data.metrics.items() if name not in by_epoch}
    assert found.pop("best/epoch") == int(kind.before.data.tags["best.epoch"])
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_the_kept_epoch_is_that_of_the_lowest_validation_loss(kind: Kind) -> None:
    points = client(kind.clone).get_metric_history(kind.run_id, "val/loss")
    losses = [point.value for point in sorted(points, key=lambda point: point.step)]
    assert len(losses) == kind.config.train.epochs
    assert int(kind.after.data.tags["best.epoch"]) == int(np.argmin(losses)) + 1
    assert min(losses) == pytest.approx(kind.after.data.metrics["best/log_loss"], rel=1e-6)


def test_opened_test_rows_are_judged_as_scikit_learn_does(kind: Kind) -> None:
    expected = {f"test/{name}": value for name, value in by_scikit_learn(*kind.part("test")).items()}
    added = {name: value for name, value in kind.after.data.metrics.items() if name not in kind.before.data.metrics}
    assert added == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert {name: kind.after.data.metrics[name] for name in kind.before.data.metrics} == kind.before.data.metrics
    assert kind.after.info.status == "FINISHED"


@pytest.mark.parametrize("part", ["val", "test"])
def test_the_report_is_the_classification_report(kind: Kind, part: str) -> None:
    called, target = kind.called(part)
    labels = range(len(kind.table.classes))
    expected = metrics.classification_report(
        target, called, labels=labels, target_names=kind.table.classes, zero_division=0
    )
    assert kind.artifact(f"{part}/report.txt").read_text() == expected
    assert expected.strip("\n") in (kind.trained.stdout if part == "val" else kind.opened)


@pytest.mark.parametrize("part", ["val", "test"])
def test_the_confusion_matrix_is_recorded_as_numbers_and_as_a_picture(kind: Kind, part: str) -> None:
    called, target = kind.called(part)
    classes = kind.table.classes
    expected = metrics.confusion_matrix(target, called, labels=range(len(classes))).tolist()
    header, *rows = csv.reader(io.StringIO(kind.artifact(f"{part}/confusion_matrix.csv").read_text()))
    assert header == ["actual", *(f"predicted {name}" for name in classes)]
    assert [row[0] for row in rows] == list(classes)
    assert [[int(count) for count in row[1:]] for row in rows] == expected
    table = json.loads(kind.artifact(f"{part}/confusion_matrix.json").read_text())
    cells = {(actual, predicted): count for actual, predicted, count in table["data"]}
    assert [[cells[actual, predicted] for predicted in classes] for actual in classes] == expected
    picture = svg_picture.read(kind.artifact(f"{part}/confusion_matrix.svg").read_bytes())
    counts = [str(count) for row in expected for count in row if count or len(classes) <= 5]
    assert [words for words in picture.texts() if words.isdecimal()][: len(counts)] == counts


def test_the_run_has_its_files_and_notes(kind: Kind) -> None:
    root = kind.artifact("")
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    names = ["report.txt", "report.json", "roc.svg", "precision_recall.svg", "calibration.svg"]
    names += [f"confusion_matrix.{ending}" for ending in ("csv", "json", "svg")]
    expected = {f"{part}/{name}" for part in ("val", "test") for name in names}
    told = notes(kind.trained.stderr)
    expected |= {"config.yaml", "packages.txt", "provenance.json", "history.csv", "loss.svg"}
    expected |= {"checkpoints/best.ckpt", "checkpoints/last.ckpt"}
    assert found == expected | ({"notes.txt"} if told else set())
    before = [note for note in told if not note.startswith("the last of ")]
    assert bool(before) == (kind.config.problem.name != "cnn")
    assert not told or (root / "notes.txt").read_text().splitlines() == told
    assert beside_notes(kind.trained.stderr) == ""


def test_the_run_names_what_it_depended_on(kind: Kind) -> None:
    problem = kind.config.problem
    places = {"path": problem.path, "test_path": problem.test_path}
    moved = {key: None if path is None else str(kind.clone / path) for key, path in places.items()}
    tags = kind.after.data.tags
    assert tags["data.md5"] == digest(replace(problem, **moved))
    assert tags["split.sha256"] == kind.parts.digest()
    assert tags["weights.sha256"] == kind.package.digest()
    (given,) = kind.after.inputs.dataset_inputs
    assert json.loads(given.dataset.profile) == {"num_rows": len(kind.table)}
    schema = {item["name"]: item["type"] for item in json.loads(given.dataset.schema)["mlflow_colspec"]}
    assert schema == {**kind.package.features.inputs(), kind.table.target_name: "string"}


SERVED = """
import json, sys
import mlflow, pandas
from mlflow.pyfunc import scoring_server
found = {}
for name, (uri, path, request) in json.loads(sys.argv[1]).items():
    model = mlflow.pyfunc.load_model(uri)
    frame = pandas.read_parquet(path) if path.endswith(".parquet") else pandas.read_csv(path)
    answer = scoring_server.invocations(request, "application/json", model, model.metadata.get_input_schema())
    found[name] = [model.predict(frame).to_dict("list"), answer.status, json.loads(answer.response)]
print(json.dumps(found))
"""
ASKED = 3  # rows of a request


def raw(kind: Kind, folder: Path) -> tuple[Path, list[str], list[list[Any]]]:
    """The problem's rows as a file for pandas, and the first of them as JSON has them: names of columns, and rows."""
    problem = kind.config.problem
    if isinstance(problem, PictureFolders):
        files = [path.read_bytes() for path in listing(problem, problem.suffixes, "pictures").files]
        path = folder / f"{problem.name}.parquet"
        pd.DataFrame({"picture": files}).to_parquet(path)
        return path, ["picture"], [[base64.b64encode(file).decode()] for file in files[:ASKED]]
    path = kind.clone / problem.path
    frame = pd.read_csv(path).drop(columns=kind.table.target_name)
    return path, list(frame.columns), frame.head(ASKED).to_numpy().tolist()


@pytest.fixture(scope="module")
def served(trained: dict[str, Kind], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What each model answers where nothing of the project is at hand: to a frame, and to a request."""
    folder = tmp_path_factory.mktemp("served")
    asked = {}
    for name, each in trained.items():
        path, columns, rows = raw(each, folder)
        request = json.dumps({"dataframe_split": {"columns": columns, "data": rows}})
        asked[name] = (f"runs:/{each.run_id}/{each.config.problem.name}", str(path), request)
    store = f"sqlite:///{next(iter(trained.values())).clone / 'mlruns' / 'mlflow.db'}"
    # One thread, as here: two round otherwise.
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = run(folder, "-c", SERVED, json.dumps(asked), MLFLOW_TRACKING_URI=store, **threads)
    found: dict[str, list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def answers(kind: Kind, rows: int) -> dict[str, list[Any]]:
    """What a model should answer to the first rows."""
    columns = kind.table.columns.slice(0, rows)
    probability = kind.package.probabilities(columns)
    names = kind.package.classes
    if len(names) == 2:
        positive = probability[:, 1]
        return {"prediction": [names[int(each >= 0.5)] for each in positive], "probability": positive.tolist()}
    return {
        "prediction": [names[index] for index in probability.argmax(axis=1)],
        "probability": probability.max(axis=1).tolist(),
        **{f"probability {name}": probability[:, index].tolist() for index, name in enumerate(names)},
    }


@pytest.mark.long
def test_the_logged_model_reads_raw_rows(kind: Kind, served: dict[str, list[Any]]) -> None:
    found, _, _ = served[kind.config.problem.name]
    expected = answers(kind, len(kind.table))
    assert list(found) == list(expected)
    assert found == expected


@pytest.mark.long
def test_the_served_model_answers_requests(kind: Kind, served: dict[str, list[Any]]) -> None:
    """Pictures come as base64, as JSON has no bytes."""
    _, status, response = served[kind.config.problem.name]
    assert status == 200
    expected = answers(kind, ASKED)
    assert [list(row) for row in response["predictions"]] == [list(expected)] * ASKED
    found = {name: [row[name] for row in response["predictions"]] for name in expected}
    assert found.pop("prediction") == expected.pop("prediction")
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, rel=1e-12)


def test_the_logged_model_says_what_must_be_installed(kind: Kind) -> None:
    place = client(kind.clone).get_logged_model(kind.after.outputs.model_outputs[0].model_id).artifact_location
    requirements = (Path(place.removeprefix("file://")) / "requirements.txt").read_text().split()
    needed = {"ngrams": {"scikit-learn"}, "pixels": {"pillow"}}.get(kind.config.features.name, set())
    for name in ("scikit-learn", "pillow"):
        assert (f"{name}=={version(name)}" in requirements) == (name in needed)
    assert f"pyarrow=={version('pyarrow')}" in requirements
