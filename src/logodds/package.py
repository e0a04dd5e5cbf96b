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

from logodds.errors import UserError
from logodds.features import kinds
from logodds.features.features import Features
from logodds.metrics.binary import sigmoid
from logodds.metrics.multiclass import softmax
from logodds.models.build import MODELS, Model, build
from logodds.resident import resident
from logodds.schema import read_option
from logodds.stack import VECTOR, log_odds

FORMAT = 3


@dataclass(frozen=True)
class Package:
    """A model with its features. ``classes``: of two (negative, positive); ``outputs``: logits per row."""

    model: Model
    outputs: int
    features: Features
    weights: dict[str, Tensor]
    classes: tuple[str, ...]
    threshold: float

    def logits(self, columns: pa.Table) -> NDArray[np.float32]:
        """For raw rows: of two classes the log-odds [n] of the positive one, else logits [n, classes].

        Raises:
            UserError: a column that the model needs is missing or of another kind.
        """
        cpu = torch.device("cpu")
        x = self.features.apply(columns, np.arange(len(columns)))
        stack = build([self.model], x, self.outputs, [0], VECTOR, cpu)
        stack.load_weights(0, self.weights)
        return log_odds(stack.logits(resident(x, cpu), [0])[0])

    def probabilities(self, columns: pa.Table) -> NDArray[np.float64]:
        """Probabilities [n, classes] for raw rows.

        Raises:
            UserError: as :meth:`logits`.
        """
        logits = self.logits(columns)
        return softmax(logits) if logits.ndim == 2 else np.stack([sigmoid(-logits), sigmoid(logits)], axis=1)

    def digest(self) -> str:
        """sha256 of the weights' bytes."""
        return hashlib.sha256(self._weight_bytes()).hexdigest()

    def _weight_bytes(self) -> bytes:
        return safetensors.torch.save({name: tensor.contiguous() for name, tensor in self.weights.items()})


def files(package: Package) -> dict[str, bytes]:
    """The three files by name; their bytes depend on the package alone."""
    found = {
        "weights.safetensors": package._weight_bytes(),
        "features.json": kinds.dumps(package.features).encode(),
    }
    about = {
        "format": FORMAT,
        "model": dataclasses.asdict(package.model),
        "outputs": package.outputs,
        "classes": list(package.classes),
        "threshold": package.threshold,
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in found.items()},
    }
    return {**found, "model.json": (json.dumps(about, indent=1) + "\n").encode()}


def load(folder: Path) -> Package:
    """Read a folder of :func:`files`.

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
        outputs=int(about["outputs"]),
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
        missing = {"model", "outputs", "classes", "threshold", "sha256"} - about.keys()
        if missing:
            raise KeyError(*missing)
        return about
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: not a model description; train again") from error
