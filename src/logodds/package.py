"""A trained model as a folder of plain files that needs nothing else: raw rows in, probabilities out.

``model.json`` says what it is and holds the sha256 of the other two, ``weights.safetensors`` (names and shapes as in
``torch.nn``) and ``features.json``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from logodds import atomic
from logodds.errors import UserError
from logodds.features import kinds
from logodds.features.features import Features
from logodds.models.build import MODELS, Model, build
from logodds.schema import read_option
from logodds.stack import VECTOR

FORMAT = 1


@dataclass(frozen=True)
class Package:
    """A model with its features. ``classes`` is (negative, positive)."""

    model: Model
    features: Features
    weights: dict[str, Tensor]
    classes: tuple[str, ...]
    threshold: float

    def logits(self, columns: pa.Table) -> NDArray[np.float32]:
        """Log-odds [n] of the positive class for raw rows.

        Raises:
            UserError: a column that the model needs is missing or of another kind.
        """
        x = tabular.apply(self.features, columns, np.arange(len(columns)))
        stack = build([self.model], x.shape[1], [0], VECTOR, torch.device("cpu"))
        stack.load_weights(0, self.weights)
        ones = np.ones((len(x), 1), np.float32)
        return stack.logits(0, torch.from_numpy(np.concatenate([x, ones], axis=1))).numpy()

    def digest(self) -> str:
        """sha256 of the weights' bytes."""
        return hashlib.sha256(self._weight_bytes()).hexdigest()

    def _weight_bytes(self) -> bytes:
        return safetensors.torch.save({name: tensor.contiguous() for name, tensor in self.weights.items()})


def save(package: Package, folder: Path) -> None:
    """Write the three files; their bytes depend on the package alone."""
    files = {
        "weights.safetensors": package._weight_bytes(),
        "features.json": kinds.dumps(package.features).encode(),
    }
    about = {
        "format": FORMAT,
        "model": dataclasses.asdict(package.model),
        "classes": list(package.classes),
        "threshold": package.threshold,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    for name, data in files.items():
        atomic.write_bytes(folder / name, data)
    atomic.write_text(folder / "model.json", json.dumps(about, indent=1) + "\n")


def load(folder: Path) -> Package:
    """Read what :func:`save` wrote.

    Raises:
        UserError: a file is missing, damaged or of another version.
    """
    about = _about(folder)
    data: dict[str, bytes] = {}
    for name in ("weights.safetensors", "features.json"):
        path = folder / name
        if not path.is_file():
            raise UserError(f"{path}: no such file; train again")
        data[name] = path.read_bytes()
        if hashlib.sha256(data[name]).hexdigest() != about["sha256"].get(name):
            raise UserError(f"{path}: damaged, its digest is not that of model.json; train again")
    return Package(
        model=read_option(MODELS, about["model"], "model"),
        features=kinds.loads(data["features.json"].decode()),
        weights=safetensors.torch.load(data["weights.safetensors"]),
        classes=tuple(about["classes"]),
        threshold=float(about["threshold"]),
    )


def _about(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    if not path.is_file():
        raise UserError(f"{path}: no such model; train one first")
    try:
        about: dict[str, Any] = json.loads(path.read_text())
        if about["format"] != FORMAT:
            raise UserError(f"{path}: format {about['format']}, this version reads {FORMAT}; train again")
        missing = {"model", "classes", "threshold", "sha256"} - about.keys()
        if missing:
            raise KeyError(*missing)
        return about
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: not a model description; train again") from error
