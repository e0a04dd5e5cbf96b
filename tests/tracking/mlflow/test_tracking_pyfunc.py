"""The folder of a served model: what MLflow's own ``save_model`` writes."""

from __future__ import annotations

import json
import shutil
import uuid
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import load_mlflow

from logodds.features.features import FEATURES
from logodds.models.model import MODELS
from logodds.tracking.mlflow.pyfunc import CODE, NEEDED, SERVED, Folders
from logodds.tracking.provenance import imports
from logodds.tracking.writer import ModelSchema

OPTIONS = (FEATURES.module("tabular"), MODELS.module("mlp"))
COLUMNS = (("x", "double"), ("größe", "any"), ("picture", "binary"))


@pytest.fixture(autouse=True, scope="module")
def mlflow_loaded() -> None:
    load_mlflow()


def package(folder: Path, weights: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{}")
    (folder / "weights.safetensors").write_text(weights)
    return folder


def by_mlflow(schema: ModelSchema, package: Path, target: Path, run_id: str, model_id: str, scratch: Path) -> None:
    import mlflow.pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    told = [{"type": kind, "name": name, "required": False} for name, kind in schema.columns]
    each = [f"probability {name}" for name in schema.classes] if len(schema.classes) > 2 else []
    figures = [ColSpec(DataType.double, name) for name in ["probability", *each]]
    for path in imports.closure([SERVED, *(option.path for option in OPTIONS)], [imports.library()]):
        place = scratch / path.relative_to(CODE.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?s).*input example was not provided")
        mlflow.pyfunc.save_model(
            str(target),
            python_model=str(SERVED),
            artifacts={"package": str(package)},
            code_paths=[str(scratch / CODE.name)],
            signature=ModelSignature(
                Schema.from_json(json.dumps(told)), Schema([ColSpec(DataType.string, "prediction"), *figures])
            ),
            pip_requirements=[f"{name}=={version(name).partition('+')[0]}" for name in (*NEEDED, *schema.packages)],
            mlflow_model=Model(run_id=run_id, model_id=model_id, model_uuid=uuid.uuid4().hex),
        )


def content(folder: Path) -> dict[str, Any]:
    """Every file by its path; YAML as what it says, but the model's own id and the time."""
    found: dict[str, Any] = {}
    for path in folder.rglob("*"):
        place = str(path.relative_to(folder))
        if place in ("MLmodel", "conda.yaml", "python_env.yaml"):
            said = yaml.safe_load(path.read_text())
            found[place] = {key: value for key, value in said.items() if key not in ("model_uuid", "utc_time_created")}
        elif path.is_file():
            found[place] = path.read_bytes()
    return found


@pytest.mark.parametrize("classes", [("no", "yes"), ("a", "b", "ü")], ids=["two", "three"])
def test_a_model_s_folder_is_mlflows(classes: tuple[str, ...], tmp_path: Path) -> None:
    schema, folders = ModelSchema(COLUMNS, classes, ("scipy",), OPTIONS), Folders()
    models = {
        "m-first": package(tmp_path / "1" / "model", "short"),
        "m-next": package(tmp_path / "2" / "model", "longer"),
    }
    for model_id, place in models.items():
        folders.write(schema, place, tmp_path / model_id, "run", model_id)
        by_mlflow(schema, place, tmp_path / "expected" / model_id, "run", model_id, tmp_path / "code")
        assert content(tmp_path / model_id) == content(tmp_path / "expected" / model_id)
    first, following = (yaml.safe_load((tmp_path / each / "MLmodel").read_text()) for each in models)
    assert first["model_uuid"] != following["model_uuid"]
    assert (tmp_path / "m-first" / "served.py").samefile(tmp_path / "m-next" / "served.py")
    assert not (tmp_path / "m-first" / "MLmodel").samefile(tmp_path / "m-next" / "MLmodel")
