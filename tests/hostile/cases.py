"""Files and records by which somebody means harm: each would leave ``PWNED`` outside of the project if it were run."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import safetensors.numpy
import torch
from bad_inputs.case import Case, Given, Project, repackaged, replaced, resealed, stored, wrote
from PIL import Image

CONFIG, MODEL = "out/toy/config.yaml", "out/toy/model"
RUN, EVALUATE, TRAIN = "evaluate run={run}", f"evaluate {CONFIG}", f"train {CONFIG}"
ARTIFACTS = "mlruns/artifacts/toy/{run}/artifacts"
PWNED = "pwned"
#: What each of them is to do: a file above the project.
SHELL = f"touch ../{PWNED}"
PYTHON = f"import os; os.system({SHELL!r})\n"


class Harm:
    """Pickles to a call of ``os.system``."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (SHELL,)


PICKLE = pickle.dumps(Harm())


def saved_by_torch() -> bytes:
    sink = io.BytesIO()
    torch.save({"w": Harm()}, sink)
    return sink.getvalue()


def saved_by_numpy() -> bytes:
    sink = io.BytesIO()
    np.save(sink, np.array([Harm()], dtype=object), allow_pickle=True)
    return sink.getvalue()


def packaged(name: str, data: bytes) -> tuple[Given, ...]:
    """A package with such a file, its digest right."""

    def change(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return (repackaged(MODEL, change),)


def described(**values: object) -> tuple[Given, ...]:
    """A package whose ``model.json`` says something else."""

    def given(project: Project) -> None:
        path = project.root / MODEL / "model.json"
        path.write_bytes(resealed(json.dumps(json.loads(path.read_text()) | values).encode()))

    return (given,)


def featured(edit: Callable[[dict[str, object]], dict[str, object]]) -> tuple[Given, ...]:
    """A package with other features, its digest right."""

    def change(folder: Path) -> None:
        path = folder / "features.json"
        path.write_text(json.dumps(edit(json.loads(path.read_text()))))

    return (repackaged(MODEL, change),)


def checkpoint(body: bytes) -> tuple[Given, ...]:
    """A checkpoint whose digest is right, of a model that the store does not know."""
    head = b"logodds checkpoint 1 sha256 " + hashlib.sha256(body).hexdigest().encode() + b"\n"
    forgotten = stored("DELETE FROM tags WHERE key = 'weights.sha256'")
    return forgotten, wrote("out/toy/checkpoints/best.ckpt", head + body)


def extended(name: bytes) -> pa.Table:
    """A column whose type's description is a pickle."""
    about = {b"ARROW:extension:name": name, b"ARROW:extension:metadata": PICKLE}
    kind = pa.field("x", pa.float64(), metadata=about)
    rows = pa.table({"x": [float(k) for k in range(8)], "label": ["a", "b"] * 4})
    return rows.cast(pa.schema([kind, rows.schema.field("label")]))


def arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def zipped(name: str, mode: int = 0o644) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, PYTHON)
    return sink.getvalue()


def tarred(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        info.size = len(PYTHON) if kind == tarfile.REGTYPE else 0
        archive.addfile(info, io.BytesIO(PYTHON.encode()))
        after = tarfile.TarInfo(f"{name}/{PWNED}")
        after.size = 1
        archive.addfile(after, io.BytesIO(b"x"))
    return sink.getvalue()


def bomb() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("titanic.csv", bytes(2**26))
    return sink.getvalue()


def in_models(project: Project, change: Callable[[Path], object]) -> None:
    """Do something in the folder of each of the store's models."""
    for place in (project.root / "mlruns/artifacts/toy/models").glob("*/artifacts"):
        change(place)


def loader(project: Project) -> None:
    """An MLmodel that names code to be run at load."""

    def change(place: Path) -> None:
        (place / "code").mkdir()
        (place / "code" / "evil.py").write_text(PYTHON)
        (place / "MLmodel").write_text(
            "flavors:\n  python_function:\n    loader_module: evil\n    code: code\n    env: conda.yaml\n"
        )
        (place / "served.py").write_text(PYTHON)
        with zipfile.ZipFile(place / "artifacts" / "code.zip", "w") as archive:
            archive.writestr("logodds/__init__.py", PYTHON)

    in_models(project, change)


def modules(project: Project) -> None:
    """Modules that an import might take, beside what is read."""

    def change(place: Path) -> None:
        for folder in (
            place,
            *place.glob("artifacts/*/"),
            project.root,
            project.root / "out/toy",
            project.root / "data",
        ):
            for name in ("json", "safetensors", "sitecustomize", "conftest", "__init__"):
                (folder / f"{name}.py").write_text(PYTHON)

    in_models(project, change)


def pickled_model(project: Project) -> None:
    """A package of pickles."""

    def change(place: Path) -> None:
        for path in place.glob("artifacts/*/*"):
            path.write_bytes(PICKLE)

    in_models(project, change)


def linked_model(project: Project) -> None:
    """A package that lies elsewhere."""

    def change(place: Path) -> None:
        (package,) = place.glob("artifacts/*/")
        shutil.move(package, project.root.parent / f"elsewhere-{project.root.name}")
        package.symlink_to(project.root.parent / f"elsewhere-{project.root.name}")

    in_models(project, change)


def linked_config(project: Project) -> None:
    place = project.root / project.filled(f"{ARTIFACTS}/config.yaml")
    place.unlink()
    place.symlink_to(project.root / CONFIG)


def pictures(name: str, data: bytes) -> tuple[Given, ...]:
    """Two classes of pictures, one of which is none."""
    given = []
    for k in range(10):
        sink = io.BytesIO()
        Image.effect_noise((8, 8), 50).save(sink, "PNG")
        given.append(wrote(f"pics/{'ab'[k % 2]}/{k}.png", sink.getvalue()))
    return (*given, wrote(f"pics/a/{name}", data))


def torn(text: str) -> Given:
    """The configuration of the run, with a line more."""
    return replaced(f"{ARTIFACTS}/config.yaml", "optim:\n", f"optim:\n  {text}\n")


def proven(text: str) -> Given:
    """Another ``provenance.json`` of the run, its digest right."""

    def given(project: Project) -> None:
        (project.artifacts(project.run) / "provenance.json").write_text(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        project.execute(f"UPDATE tags SET value = '{digest}' WHERE key = 'provenance.sha256' AND run_uuid = '{{run}}'")

    return given


def said(name: str, text: str) -> Given:
    """A tag and a parameter of every run, by which comparisons tell runs apart."""
    text = text.replace("'", "''")
    return stored(
        f"INSERT OR REPLACE INTO tags (key, value, run_uuid) SELECT '{name}', '{text}', run_uuid FROM runs",
        f"UPDATE runs SET name = '{text}'",
        f"UPDATE params SET value = '{text}' || run_uuid WHERE key = 'optim.lr'",
    )


EPS = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%{SHELL}) (w) file\n".encode()
OBJECT = f"!!python/object/apply:os.system ['{SHELL}']"
NEW = f"!!python/object/new:os.system ['{SHELL}']"
TARGET = {"_target_": "os.system", "_args_": [SHELL]}
PICTURES = (
    "train problem=pets problem.path=pics problem.test_path=null split.method=stratified problem.size=8 train.epochs=1"
)
TABLE = "train problem=csv problem.path=t.csv problem.target=label split.method=none split.val_size=0 split.test_size=0"
FETCH = "fetch titanic from=archive"

CASES = [
    Case("pickle for weights", EVALUATE, "", packaged("weights.safetensors", PICKLE)),
    Case("torch.save for weights", EVALUATE, "", packaged("weights.safetensors", saved_by_torch())),
    Case("pickle for features", EVALUATE, "", packaged("features.json", PICKLE)),
    Case("pickle for a model", EVALUATE, "", (wrote(f"{MODEL}/model.json", PICKLE),)),
    Case("object for a model", EVALUATE, "", described(model=TARGET)),
    Case("object within a model", EVALUATE, "", described(model={"name": "logistic", **TARGET})),
    Case("path for a model", EVALUATE, "", described(model={"name": "../../os.system"})),
    Case("function for features", EVALUATE, "", featured(lambda plain: plain | {"kind": "os.system"})),
    Case(
        "reduction for features",
        EVALUATE,
        "",
        featured(lambda plain: {"__reduce__": ["os.system", [SHELL]], **plain}),
        0,
    ),
    Case(
        "expression for a column",
        EVALUATE,
        "",
        featured(lambda plain: plain | {"columns": [f"__import__('os').system({SHELL!r})"]}),
    ),
    Case("pickle for a split", TRAIN, "", (wrote("out/toy/split.safetensors", PICKLE),)),
    Case("pickled array for a split", TRAIN, "", (wrote("out/toy/split.safetensors", saved_by_numpy()),)),
    Case("pickle for a table", TRAIN, "", (wrote("out/toy/table.arrow", PICKLE),)),
    Case(
        "pickled type in a table",
        TRAIN,
        "",
        (wrote("out/toy/table.arrow", arrow(extended(b"arrow.py_extension_type"))),),
    ),
    Case("pickle for a checkpoint", EVALUATE, "", checkpoint(PICKLE)),
    Case("torch.save for a checkpoint", EVALUATE, "", checkpoint(saved_by_torch())),
    Case(
        "checkpoint with another state",
        EVALUATE,
        "",
        checkpoint(safetensors.numpy.save({}, {"state": json.dumps(TARGET)})),
    ),
    Case("pickle for data", TABLE, "", (wrote("t.csv", PICKLE),)),
    Case("pickled type in Arrow", TABLE, "", (wrote("t.csv", arrow(extended(b"arrow.py_extension_type"))),), 0),
    Case("pickled type in Parquet", TABLE, "", (wrote("t.csv", parquet(extended(b"arrow.py_extension_type"))),), 0),
    Case(
        "expressions in data",
        TABLE,
        "",
        (
            wrote(
                "t.csv",
                f"x,$({SHELL}),{{0.__class__}},label\n"
                + "".join(f"{k},=cmd|'{SHELL}'!A{k % 3},`{SHELL}`{k % 2},{'ab'[k % 2]}\n" for k in range(8)),
            ),
        ),
        0,
    ),
    Case("shell in a path", f"train problem=csv 'problem.path=\"$({SHELL}).csv\"' problem.target=y", ""),
    Case("program for a picture", PICTURES, "", pictures("x.jpg", EPS)),
    Case("pickle for a picture", PICTURES, "", pictures("x.png", PICKLE)),
    Case("object in a configuration", TRAIN, "", (replaced(CONFIG, "lr: 0.01", f"lr: {OBJECT}"),)),
    Case("new object in a configuration", EVALUATE, "", (replaced(CONFIG, "lr: 0.01", f"lr: {NEW}"),)),
    Case(
        "object in the split's configuration", f"split {CONFIG}", "", (replaced(CONFIG, "seed: 42", f"seed: {OBJECT}"),)
    ),
    Case(
        "object in the table's configuration",
        f"prepare {CONFIG}",
        "",
        (replaced(CONFIG, "target: label", f"target: {OBJECT}"),),
    ),
    Case(
        "Hydra's keys in a configuration",
        TRAIN,
        "",
        (replaced(CONFIG, "optim:\n", f"hydra:\n  callbacks:\n    x: {json.dumps(TARGET)}\noptim:\n"),),
    ),
    Case("target in a configuration", TRAIN, "", (replaced(CONFIG, "optim:\n", "optim:\n  _target_: os.system\n"),)),
    Case("secret in a configuration", TRAIN, "", (replaced(CONFIG, "name: toy", "name: ${oc.env:SECRET}"),)),
    Case("name that leaves the project", TRAIN, "", (replaced(CONFIG, "name: toy", f"name: ../../{PWNED}"),)),
    Case("object in a run's configuration", RUN, "", (torn(f"x: {OBJECT}"),)),
    Case("target in a run's configuration", RUN, "", (torn("_target_: os.system"),)),
    Case("secret in a run's configuration", RUN, "", (torn("x: ${oc.env:SECRET}"),)),
    Case("loader in a run's model", RUN, "", (loader,), 0),
    Case("modules beside a run's model", RUN, "", (modules,), 0),
    Case("modules beside the pipeline's model", EVALUATE, "", (modules,), 0),
    Case("pickles in a run's model", RUN, "", (pickled_model,)),
    Case("link for a run's model", RUN, "", (linked_model,)),
    Case("link for a run's configuration", RUN, "", (linked_config,)),
    Case("run's files elsewhere", RUN, "", (stored("UPDATE runs SET artifact_uri = 'file://{root}/out/toy'"),)),
    Case(
        "run's files above",
        RUN,
        "",
        (stored("UPDATE runs SET artifact_uri = artifact_uri || '/../../../../../out/toy'"),),
    ),
    Case(
        "run's model above",
        RUN,
        "",
        (stored("UPDATE logged_models SET artifact_location = artifact_location || '/../../../../../../out'"),),
    ),
    Case(
        "experiment that is a path",
        RUN,
        "",
        (stored(f"UPDATE experiments SET name = '../../{PWNED}' WHERE name = 'toy'"),),
    ),
    Case("expressions in records", "compare problem=toy", "", (said("x", f"__import__('os').system({SHELL!r})"),), 0),
    Case("deep brackets in records", "compare problem=toy", "", (said("x", "(" * 3000),), 0),
    Case(
        "page's code in records",
        "compare problem=toy",
        "",
        (said("x", "<script>alert(1)</script><img src=x onerror=alert(1)>"),),
        0,
    ),
    Case(
        "tables of a record that are none",
        RUN,
        "",
        (
            stored(
                "INSERT OR REPLACE INTO tags (key, value, run_uuid) VALUES ('mlflow.loggedArtifacts', '{[(', '{run}')"
            ),
        ),
        0,
    ),
    Case(
        "deep confusion matrix",
        "compare problem=toy",
        "",
        (wrote("mlruns/artifacts/toy/{run}/artifacts/val/confusion_matrix.json", "[" * 100_000),),
        0,
    ),
    Case("deep brackets in a run's provenance", "replay run={run}", "", (proven("[" * 60_000),)),
    Case("object in a run's provenance", "replay run={run}", "", (proven(json.dumps({"env.MKL_CBWR": TARGET})),)),
    Case("shell in a run's provenance", "replay run={run}", "", (proven(json.dumps({"env.MKL_CBWR": f"$({SHELL})"})),)),
    Case("archive that leaves its folder", FETCH, "", (wrote("archive", zipped(f"../../../{PWNED}")),)),
    Case("archive with an absolute name", FETCH, "", (wrote("archive", zipped(f"/tmp/{PWNED}")),)),
    Case("archive with a link", FETCH, "", (wrote("archive", zipped("titanic.csv", 0o120777)),)),
    Case("tape that leaves its folder", FETCH, "", (wrote("archive", tarred(f"../../../{PWNED}")),)),
    Case(
        "tape with a link that is followed",
        FETCH,
        "",
        (wrote("archive", tarred("titanic", tarfile.SYMTYPE, "../../..")),),
    ),
    Case("tape with a device", FETCH, "", (wrote("archive", tarred("titanic.csv", tarfile.CHRTYPE)),)),
    Case("archive of zeros", FETCH, "", (wrote("archive", bomb()),)),
    Case("interpolated call", "train problem=toy 'optim.lr=${oc.create:{_target_: os.system}}'", ""),
    Case(
        "launcher that is a function",
        f"train -m problem=toy hydra.launcher._target_=os.system '+hydra.launcher.x={SHELL}' optim.lr=0.1,0.2",
        "",
    ),
]
