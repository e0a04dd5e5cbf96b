"""The folder of a served model: what MLflow's own ``save_model`` writes."""

from __future__ import annotations

import hashlib
import json
import sys
import uuid
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from conftest import load_mlflow

from logodds.features.features import FEATURES
from logodds.models.model import MODELS
from logodds.tracking.mlflow.pyfunc import CODE, NEEDED, SERVED, SERVING, Folders
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


def by_mlflow(schema: ModelSchema, package: Path, target: Path, run_id: str, model_id: str) -> None:
    import mlflow.pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    told = [{"type": kind, "name": name, "required": True} for name, kind in schema.columns]
    each = [f"probability {name}" for name in schema.classes] if len(schema.classes) > 2 else []
    figures = [ColSpec(DataType.double, name) for name in ["probability", *each]]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(?s).*input example was not provided")
        mlflow.pyfunc.save_model(
            str(target),
            python_model=str(SERVED),
            artifacts={"code": CODE, "package": str(package)},
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
def test_a_model_s_folder_is_mlflows(classes: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema, folders = ModelSchema(COLUMNS, classes, ("scipy",), OPTIONS), Folders(tmp_path / "shared")
    models = {
        "m-first": package(tmp_path / "1" / "model", "short"),
        "m-next": package(tmp_path / "2" / "model", "longer"),
    }
    for model_id, place in models.items():
        folders.write(schema, place, tmp_path / model_id, "run", model_id)
        monkeypatch.chdir(tmp_path / model_id / "artifacts")  # where MLflow finds the code
        by_mlflow(schema, place, tmp_path / "expected" / model_id, "run", model_id)
        assert content(tmp_path / model_id) == content(tmp_path / "expected" / model_id)
    first, following = (yaml.safe_load((tmp_path / each / "MLmodel").read_text()) for each in models)
    assert first["model_uuid"] != following["model_uuid"]
    assert (tmp_path / "m-first" / "served.py").samefile(tmp_path / "m-next" / "served.py")
    assert not (tmp_path / "m-first" / "MLmodel").samefile(tmp_path / "m-next" / "MLmodel")


def test_equal_code_is_on_disk_once_for_all_processes(tmp_path: Path) -> None:
    schema, place = ModelSchema(COLUMNS, ("no", "yes"), (), OPTIONS), package(tmp_path / "model", "weights")
    for name in ("a", "b"):
        Folders(tmp_path / "shared").write(schema, place, tmp_path / name, "run", name)
    (shared,) = (tmp_path / "shared").iterdir()
    assert shared.stem == hashlib.sha256(shared.read_bytes()).hexdigest()
    assert all((tmp_path / name / "artifacts" / CODE).samefile(shared) for name in ("a", "b"))
    Folders(None).write(schema, place, tmp_path / "c", "run", "c")
    whole = shared.read_bytes()
    assert (tmp_path / "c" / "artifacts" / CODE).read_bytes() == whole
    shared.write_bytes(b"changed")
    Folders(tmp_path / "shared").write(schema, place, tmp_path / "d", "run", "d")
    assert (tmp_path / "d" / "artifacts" / CODE).read_bytes() == shared.read_bytes() == whole


def test_the_archive_holds_what_is_imported_and_the_folders_above_as_packages(tmp_path: Path) -> None:
    schema = ModelSchema(COLUMNS, ("no", "yes"), (), OPTIONS)
    Folders(None).write(schema, package(tmp_path / "model", "weights"), tmp_path / "m", "run", "m")
    with ZipFile(tmp_path / "m" / "artifacts" / CODE) as archive:
        names = set(archive.namelist())
        starts = [SERVING / "classifier.py", *(option.path for option in OPTIONS)]
        sources = SERVING.parents[1]
        for path in imports.closure(starts, [imports.library()]):
            assert archive.read(path.relative_to(sources).as_posix()) == path.read_bytes()
    assert "logodds/serving/__init__.py" in names
    assert not {name for name in names if "runs/" in name or "engine/" in name}
    for name in names:
        above = [str(folder / "__init__.py") for folder in Path(name).parents[:-1]]
        assert names.issuperset(above)


@pytest.fixture
def archives(tmp_path: Path) -> list[Path]:
    """Two versions of a package's code, and one of another package with a module of the same name."""
    versions = {
        "one": {"logodds/__init__.py": "", "logodds/a.py": ANSWER, "logodds/b.py": "def b(): return 1\n"},
        "two": {"logodds/__init__.py": "", "logodds/a.py": ANSWER, "logodds/b.py": "def b(): return 2\n"},
        "three": {"logodds/__init__.py": "", "logodds/a.py": "import other.deep\ndef answer(): return other.deep.x\n"}
        | {"other/__init__.py": "", "other/deep.py": "x = 3\n"},
    }
    for name, files in versions.items():
        with ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
    return [tmp_path / f"{name}.zip" for name in versions]


ANSWER = """
import json, logodds.b as again, logodds.b
from logodds import b as third

def answer():
    from logodds.b import b  # at the call
    return json.loads(str(b() + again.b() + logodds.b.b() + third.b()))
"""


def test_code_of_several_models_runs_beside_the_installed_code(
    archives: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from logodds.serving.served import StoredCode

    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    installed = sys.modules["logodds"]
    modules = [StoredCode(archive).module("logodds.a") for archive in archives]
    assert [module.answer() for module in modules] == [4, 8, 3]
    assert sys.modules["logodds"] is installed
    assert "logodds.b" not in sys.modules
    assert "other" not in sys.modules
    assert StoredCode(archives[0]).module("logodds.a") is modules[0]
    with pytest.raises(ModuleNotFoundError):
        StoredCode(archives[0]).module("logodds.c")
