"""What proves that files are of this project: where they lie, how they are named, and what they contain.

A command that removes files is printed only for files with such a proof. Other files are at most listed.
"""

from __future__ import annotations

import json
import os
import re
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

import yaml

from logodds.review.doctor.holdings import OF_MODEL
from logodds.system.checksum import CHECKPOINT

RUN = re.compile("[0-9a-f]{32}")
MODEL = re.compile("m-[0-9a-f]{32}")
NUMBERED = re.compile(r"[0-9]{6,}\.ckpt")  # a checkpoint of a training that has not ended
DIGEST = 64  # characters
LENGTH = 8  # bytes of the length of a safetensors header
LONGEST = 1 << 24  # bytes of such a header that are read
#: The files of a model's folder, see ``tracking/mlflow/pyfunc.py``.
OF_MLFLOW = ("served.py", "requirements.txt", "conda.yaml", "python_env.yaml", "artifacts/code.zip")
PARTS = frozenset(f"artifacts/{name}" for name in (*OF_MLFLOW, *OF_MODEL))
DESCRIBED = "artifacts/MLmodel"


def inside(path: Path, root: Path) -> bool:
    """Whether a path lies below a folder, with no symbolic link between the two nor at its end."""
    if not path.is_relative_to(root) or ".." in path.parts:
        return False
    # As texts, because this is asked of every folder of the store; to resolve both would be slower still.
    below = accumulate(path.parts[len(root.parts) :], lambda above, name: f"{above}{os.sep}{name}", initial=str(root))
    return not any(map(os.path.islink, islice(below, 1, None)))


def regular(folder: Path) -> list[Path] | None:
    """Return all files below a folder; None if there is anything but regular files and folders."""
    files = []
    for above, folders, names in os.walk(folder):
        paths = [Path(above, name) for name in names]
        if any(path.is_symlink() for path in [*paths, *(Path(above, name) for name in folders)]):
            return None
        if not all(path.is_file() for path in paths):
            return None
        files += paths
    return sorted(files)


def model(folder: Path, run_id: str) -> bool:
    """Whether a folder holds one model of a run, and no other file."""
    files = regular(folder)
    if MODEL.fullmatch(folder.name) is None or not files:
        return False
    if not PARTS.issuperset(str(file.relative_to(folder)) for file in files):
        return False
    try:
        described = yaml.safe_load((folder / DESCRIBED).read_text())
        return bool(described["model_id"] == folder.name and described["run_id"] == run_id)
    except (OSError, ValueError, TypeError, KeyError, RecursionError, yaml.YAMLError):
        return False


def signatures(folder: Path) -> set[str] | None:
    """Return the signatures of the trainings whose checkpoints are below a folder; None if it holds any other file."""
    found = [_signature(file) if NUMBERED.fullmatch(file.name) else None for file in regular(folder) or ()]
    return None if not found or None in found else {signature for signature in found if signature is not None}


def _signature(file: Path) -> str | None:
    """Return the signature in a checkpoint; None if the file is not one. Only its beginning is read."""
    try:
        with file.open("rb") as opened:
            if opened.read(len(CHECKPOINT)) != CHECKPOINT or not opened.read(DIGEST + 1).endswith(b"\n"):
                return None
            length = int.from_bytes(opened.read(LENGTH), "little")
            header: Any = json.loads(opened.read(min(length, LONGEST)))
            return str(json.loads(header["__metadata__"]["state"])["signature"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
