"""A model as MLflow serves it: a folder of plain files. All of them but the package are the same for a whole sweep.

The files are those of ``mlflow.pyfunc.save_model``, written without MLflow; a test compares the two. The code that the
model runs is one archive among its artifacts, ``code.zip``. It is none of MLflow's ``code_paths``, which are put before
all other folders from which the loading program imports; see ``serving/served.py``.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from logodds.system import atomic
from logodds.tracking.provenance import imports
from logodds.tracking.writer import ModelSchema

SERVING = Path(__file__).resolve().parents[2] / "serving"
SERVED = SERVING / "served.py"  # runs in MLflow, and imports the classifier from the archive
CODE = "code.zip"
NEEDED = ("torch", "numpy", "pandas", "pyarrow", "safetensors", "omegaconf", "mlflow")
BUILD = ("pip", "setuptools", "wheel")
DESCRIBED = "MLmodel"


@dataclass(frozen=True)
class _Common:
    """What the folders of models with one schema have in common.

    Attributes:
        first: the folder of the first model.
        folders: folders below it, as relative paths; text, because a sweep's models have many and ``Path`` is slow.
        files: files below it, as relative paths.
        flavor: what ``MLmodel`` says of the flavor ``python_function``.
        rest: what else ``MLmodel`` says, as YAML.
    """

    first: Path
    folders: list[str]
    files: list[str]
    flavor: dict[str, Any]
    rest: str


@final
class Folders:
    """Writes the folders of models. A file that several of them have in common exists once on disk, where links work.

    Args:
        shared: a folder for the archives of code that models of several processes have in common; None: nothing is
            shared with other processes.
    """

    def __init__(self, shared: Path | None) -> None:
        self._shared = shared
        self._common: dict[ModelSchema, _Common] = {}

    def write(self, schema: ModelSchema, package: Path, target: Path, run_id: str, model_id: str) -> None:
        """Write the folder of one model with its package inside. What an interrupted process has left there is removed.

        Args:
            schema: what the model reads and gives.
            package: the folder of the model's package.
            target: the folder to write.
            run_id: the run that the model belongs to.
            model_id: the id of the model in the store.
        """
        shutil.rmtree(target, ignore_errors=True)
        if schema not in self._common:
            self._write_common(schema, target)
            self._common[schema] = _common(schema, target)
        common = self._common[schema]
        if common.first != target:
            target.mkdir(parents=True)
            for name in common.folders:
                os.mkdir(f"{target}/{name}")  # noqa: PTH102  # to make a Path takes longer than to make the folder
            for name in common.files:
                _same(f"{common.first}/{name}", f"{target}/{name}")
        destination = target / "artifacts" / package.name
        destination.mkdir(parents=True)
        size = sum((target / name).stat().st_size for name in (SERVED.name, f"artifacts/{CODE}"))
        for path in package.iterdir():  # not copytree, which hides the system's error message
            shutil.copyfile(path, destination / path.name)
            size += path.stat().st_size
        artifacts = {
            "code": {"path": f"artifacts/{CODE}", "uri": CODE},
            "package": {"path": f"artifacts/{package.name}", "uri": str(package)},
        }
        own = {
            "flavors": {"python_function": common.flavor | {"artifacts": artifacts}},
            "run_id": run_id,
            "model_id": model_id,
            "model_uuid": uuid.uuid4().hex,
            "model_size_bytes": size,
            "utc_time_created": str(datetime.now(UTC).replace(tzinfo=None)),
        }
        (target / DESCRIBED).write_text(_yaml(own) + common.rest)

    def _write_common(self, schema: ModelSchema, target: Path) -> None:
        """Write the code, and the description of the environment that it runs in."""
        archive = _archive(schema)
        code = target / "artifacts" / CODE
        code.parent.mkdir(parents=True)
        if self._shared is None:
            code.write_bytes(archive)
        else:
            shared = self._shared / f"{hashlib.sha256(archive).hexdigest()}.zip"
            if not shared.is_file() or shared.read_bytes() != archive:  # another process may have changed it
                self._shared.mkdir(parents=True, exist_ok=True)
                atomic.write_bytes(shared, archive)
            _same(str(shared), str(code))
        shutil.copyfile(SERVED, target / SERVED.name)
        _write_environment(schema, target)


def _common(schema: ModelSchema, first: Path) -> _Common:
    below = sorted(first.rglob("*"))  # a folder comes before its content
    folders = [path.relative_to(first).as_posix() for path in below if path.is_dir()]
    files = [path.relative_to(first).as_posix() for path in below if path.is_file()]
    return _Common(first, folders, files, _flavor(), _yaml(_described(schema)))


def _same(path: str, target: str) -> None:
    try:
        os.link(path, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, target)


def _archive(schema: ModelSchema) -> bytes:
    """Return the code of a model as a zip archive: the modules that may be imported, and the entry points of options
    that other packages have added. Equal code gives equal bytes."""
    folders = imports.folders(schema.options)
    modules = imports.closure([SERVING / "classifier.py", *(option.path for option in schema.options)], folders)
    files = {imports.below(path, folders): path.read_bytes() for path in modules}
    for name in list(files):
        # Without its file, also where that is empty, a folder is no package that wins over an installed one.
        for above in name.parents[:-1]:
            files.setdefault(above / "__init__.py", b"")
    files |= {Path(name): text.encode() for name, text in _entry_points(schema).items()}
    archive = io.BytesIO()
    with ZipFile(archive, "w") as opened:
        for name in sorted(files):
            opened.writestr(ZipInfo(name.as_posix()), files[name], ZIP_DEFLATED)  # its date is always 1980
    return archive.getvalue()


def _write_environment(schema: ModelSchema, target: Path) -> None:
    """Write the description of the environment that the code runs in."""
    python = platform.python_version()
    needed = [f"{name}=={version(name).partition('+')[0]}" for name in (*NEEDED, *schema.packages)]
    built = {name: _installed(name) for name in BUILD}
    pip = f"pip<={built['pip']}" if built["pip"] else "pip"
    conda = {
        "name": "mlflow-env",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", pip, {"pip": needed}],
    }
    environment = {
        "python": python,
        "build_dependencies": [f"{name}=={number}" if number else name for name, number in built.items()],
        "dependencies": ["-r requirements.txt"],
    }
    (target / "requirements.txt").write_text("\n".join(needed))
    (target / "conda.yaml").write_text(_yaml(conda))
    (target / "python_env.yaml").write_text(_yaml(environment))


def _entry_points(schema: ModelSchema) -> dict[str, str]:
    """Return files that list the options of other packages as entry points, by their paths in the archive. With them
    the options are found in the stored code, just as where their packages are installed."""
    groups: dict[str, list[str]] = {}
    for option in schema.options:
        if option.entry_point is not None:
            group, line = option.entry_point
            groups.setdefault(group, []).append(line)
    if not groups:
        return {}
    listed = [line for group, lines in groups.items() for line in (f"[{group}]", *lines)]
    return {
        "stored_options-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: stored_options\nVersion: 0\n",
        "stored_options-0.dist-info/entry_points.txt": "\n".join(listed) + "\n",
    }


def _flavor() -> dict[str, Any]:
    return {
        "cloudpickle_version": version("cloudpickle"),
        "code": None,
        "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
        "loader_module": "mlflow.pyfunc.loaders.code_model",
        "model_code_path": str(SERVED),
        "python_version": platform.python_version(),
        "streamable": False,
    }


def _described(schema: ModelSchema) -> dict[str, Any]:
    per_class = [f"probability {name}" for name in schema.classes] if len(schema.classes) > 2 else []
    inputs = [{"type": kind, "name": name, "required": True} for name, kind in schema.columns]
    outputs = [{"type": "string", "name": "prediction", "required": True}]
    outputs += [{"type": "double", "name": name, "required": True} for name in ["probability", *per_class]]
    return {
        "is_signature_from_type_hint": False,
        "mlflow_version": version("mlflow"),
        "prompts": None,
        "signature": {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs), "params": None},
        "type_hint_from_example": False,
    }


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _yaml(values: dict[str, Any]) -> str:
    return yaml.dump(values, Dumper=yaml.CSafeDumper, default_flow_style=False)
