"""A trained model as a folder of plain files that needs nothing else: raw rows in, probabilities out.

``model.json`` says what it is and holds the sha256 of itself (see ``seal.py``) and of the other two,
``weights.safetensors`` (names and shapes as in ``torch.nn``) and ``features.json``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor

from logodds.evaluation.metrics.binary import sigmoid
from logodds.evaluation.metrics.multiclass import softmax
from logodds.features import features
from logodds.features.features import Features
from logodds.features.rows import Matrix
from logodds.models.model import MODELS, Model
from logodds.models.stacks.build import build, numbers
from logodds.models.stacks.padding import VECTOR
from logodds.models.stacks.resident import resident
from logodds.models.stacks.stack import log_odds
from logodds.system import seal
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

FORMAT = 4
ARROW = {"double": pa.float64(), "string": pa.large_string(), "binary": pa.binary()}  # of features' words for types


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
        with np.errstate(all="ignore"):  # what comes of it is looked at
            x = self.features.apply(columns, np.arange(len(columns)))
        if isinstance(x, Matrix) and not np.isfinite(x.values).all():
            raise UserError("features.json: gives inputs that are not finite numbers; train again")
        wanted, there = numbers(self.model, x, self.outputs), sum(each.numel() for each in self.weights.values())
        if wanted != there:  # before a stack of that size is made
            raise UserError(f"weights do not fit the model: it has {wanted} numbers, {there} are there; train again")
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
        "features.json": features.dumps(package.features).encode(),
    }
    about = {
        "format": FORMAT,
        "model": dataclasses.asdict(package.model),
        "outputs": package.outputs,
        "classes": list(package.classes),
        "threshold": package.threshold,
        "seal": seal.blank(),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in found.items()},
    }
    return {**found, "model.json": seal.sealed((json.dumps(about, indent=1) + "\n").encode())}


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
    try:
        weights = safetensors.torch.load(data["weights.safetensors"])
        _refuse_odd(weights)
        found = Package(
            model=MODELS.read(about["model"]),
            outputs=about["outputs"],
            features=features.loads(data["features.json"].decode()),
            weights=weights,
            classes=tuple(about["classes"]),
            threshold=float(about["threshold"]),
        )
        kinds_of = found.features.inputs().items()
        found.logits(pa.table({name: pa.array([], ARROW[kind]) for name, kind in kinds_of}))
    except UserError as error:
        raise UserError(f"{folder}: {error}") from error
    except Exception as error:  # digests are no signatures: the files may hold anything
        told = shortened(f"{type(error).__name__}: {error}", 60)
        raise UserError(f"{folder}: not a model that can be used ({told}); train again") from error
    return found


def _refuse_odd(weights: Mapping[str, Tensor]) -> None:
    for name, tensor in sorted(weights.items()):
        counter = tensor.dtype == torch.int64 and tensor.ndim == 0  # batch norm's
        if not counter and (tensor.dtype != torch.float32 or not bool(torch.isfinite(tensor).all())):
            raise UserError(f"weights.safetensors: {shortened(name, 40)} holds no finite float32 numbers; train again")


def _about(folder: Path) -> dict[str, Any]:
    path = folder / "model.json"
    if not path.is_file():
        raise UserError(f"{path}: no such model; train one first")
    try:
        about: dict[str, Any] = json.loads(path.read_text())
        if about["format"] != FORMAT:
            raise UserError(f"{path}: format {about['format']}, this version reads {FORMAT}; train again")
        seal.check(path, "a model description", "train again")
        outputs, classes, threshold = about["outputs"], about["classes"], about["threshold"]
        named = isinstance(classes, list) and len(set(map(str, classes))) == len(classes) > 1
        named = named and all(isinstance(name, str) for name in classes)
        counted = type(outputs) is int and (outputs == len(classes) or (outputs, len(classes)) == (1, 2))
        if not (named and counted and 0.0 <= threshold <= 1.0 and about["model"] and about["sha256"].keys()):
            raise ValueError("values against their rules")
        return about
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(f"{path}: not a model description; train again") from error
