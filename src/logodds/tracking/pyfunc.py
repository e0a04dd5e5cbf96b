"""A model as MLflow serves it: a folder of plain files, of which all but the package are the same for a whole sweep."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from logodds import imports

CODE = Path(__file__).resolve().parents[1]
NEEDED = ("torch", "numpy", "pandas", "pyarrow", "safetensors", "omegaconf", "mlflow")
DESCRIBED = "MLmodel"


@dataclass(frozen=True)
class Served:
    """What MLflow puts round a package: raw row -> class and probability. ``columns``: those that the model reads, with
    MLflow's types, or ``any``; ``classes``: their names; ``packages``: what it needs beside what every model needs."""

    columns: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    packages: tuple[str, ...]


class Folders:
    """Final. Writes models' folders. What two of them have in common is one file on disk."""

    def __init__(self) -> None:
        self._first: dict[Served, tuple[Path, dict[str, str]]] = {}

    def write(self, served: Served, package: Path, target: Path, run_id: str, model_id: str) -> None:
        """The folder of one model, its package inside."""
        ids = {"run": run_id, "model": model_id, "uuid": uuid.uuid4().hex, "package": str(package)}
        if served not in self._first:
            _save(served, package, target, ids)
            self._first[served] = target, ids
            return
        first, before = self._first[served]
        for path in first.rglob("*"):
            place = path.relative_to(first)
            if path.is_file() and place.parts[0] not in (DESCRIBED, "artifacts"):
                _same(path, target / place)
        shutil.copytree(package, target / "artifacts" / package.name)
        text = (first / DESCRIBED).read_text()
        for key, value in before.items():
            text = text.replace(value, ids[key])
        (target / DESCRIBED).write_text(text)


def _same(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, target)


def _save(served: Served, package: Path, target: Path, ids: Mapping[str, str]) -> None:
    """MLflow's ``log_model`` would read back every metric of the run; its parts are called one by one instead."""
    import mlflow.pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    told = [{"type": kind, "name": key, "required": False} for key, kind in served.columns]
    inputs = Schema.from_json(json.dumps(told))
    each = [f"probability {name}" for name in served.classes] if len(served.classes) > 2 else []
    figures = [ColSpec(DataType.double, name) for name in ["probability", *each]]
    outputs = Schema([ColSpec(DataType.string, "prediction"), *figures])
    needed = (*NEEDED, *served.packages)
    with tempfile.TemporaryDirectory() as name, _installed_packages(needed), warnings.catch_warnings():
        # The signature is stated here; MLflow would have it guessed from an example.
        warnings.filterwarnings("ignore", "(?s).*input example was not provided")
        code = Path(name) / CODE.name
        for path in imports.closure(CODE / "served.py", CODE.parent):
            place = code / path.relative_to(CODE)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
        mlflow.pyfunc.save_model(
            str(target),
            python_model=str(CODE / "served.py"),
            artifacts={"package": str(package)},
            code_paths=[str(code)],
            signature=ModelSignature(inputs, outputs),
            pip_requirements=[f"{each}=={version(each).partition('+')[0]}" for each in needed],
            mlflow_model=Model(run_id=ids["run"], model_id=ids["model"], model_uuid=ids["uuid"]),
        )


@contextmanager
def _installed_packages(names: Sequence[str]) -> Iterator[None]:
    """MLflow holds a model's requirements against the installed versions by way of a map of every installed package,
    which takes longer to make than the rest of a record. Ours are the installed versions; a map of them will do."""
    import mlflow.utils.requirements_utils

    requirements_utils: Any = mlflow.utils.requirements_utils
    before = requirements_utils._MODULES_TO_PACKAGES
    requirements_utils._MODULES_TO_PACKAGES = {name: [name] for name in names}
    try:
        yield
    finally:
        requirements_utils._MODULES_TO_PACKAGES = before
