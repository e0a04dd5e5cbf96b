"""A trained model as a self-contained folder of three plain files: raw rows in, probabilities out.

``weights.safetensors`` holds the weights, with names and shapes as in ``torch.nn``; ``features.json`` the fitted
features; ``model.json`` the description of the model, with the sha256 of itself (see ``checksum.py``) and of the other
two files.
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
from logodds.features.rows import Matrix, Rows
from logodds.models.model import MODELS, Model
from logodds.models.stacks.build import build, numbers
from logodds.models.stacks.padding import VECTOR
from logodds.models.stacks.resident import resident
from logodds.models.stacks.stack import log_odds
from logodds.system import checksum
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened

FORMAT = 4
# Arrow types by the names that features use for them.
ARROW = {
    "double": pa.float64(),
    "string": pa.large_string(),
    "datetime": pa.timestamp("us"),
    "binary": pa.binary(),
}


@dataclass(frozen=True)
class Package:
    """A model with its features.

    Attributes:
        model: the options that define the architecture.
        outputs: logits per row: one per class, or a single one for two classes.
        features: the fitted features, which turn raw columns into the model's inputs.
        weights: tensors by name, with names and shapes as in ``torch.nn``.
        classes: names of the classes; two are in the order (negative, positive).
        threshold: with two classes, the probability of the positive class at or above which a row is predicted
            positive.
    """

    model: Model
    outputs: int
    features: Features
    weights: dict[str, Tensor]
    classes: tuple[str, ...]
    threshold: float

    def logits(self, columns: pa.Table) -> NDArray[np.float32]:
        """Return the log-odds [n] of the positive class for two classes, else the logits [n, classes].

        Args:
            columns: n raw rows.

        Raises:
            UserError: a column that the model needs is missing or has another type, or the features or weights are not
                usable.
        """
        with np.errstate(all="ignore"):  # the result is checked below
            return self.logits_of(self.features.apply(columns, np.arange(len(columns))))

    def logits_of(self, x: Rows) -> NDArray[np.float32]:
        """Return the same for n rows to which the features have been applied.

        Raises:
            UserError: the features or weights are not usable.
        """
        cpu = torch.device("cpu")
        if isinstance(x, Matrix) and not np.isfinite(x.values).all():
            raise UserError("features.json: gives inputs that are not finite numbers; train again")
        expected, actual = numbers(self.model, x, self.outputs), sum(tensor.numel() for tensor in self.weights.values())
        if expected != actual:  # checked before memory for a stack of that size is taken
            raise UserError(f"weights do not fit the model: it has {expected} numbers, {actual} are there; train again")
        stack = build([self.model], x, self.outputs, [0], VECTOR, cpu)
        stack.load_weights(0, self.weights)
        return log_odds(stack.logits(resident(x, cpu), [0])[0])

    def probabilities(self, columns: pa.Table) -> NDArray[np.float64]:
        """Return the probabilities [n, classes] of n raw rows.

        Raises:
            UserError: as for :meth:`logits`.
        """
        logits = self.logits(columns)
        return softmax(logits) if logits.ndim == 2 else np.stack([sigmoid(-logits), sigmoid(logits)], axis=1)

    def digest(self) -> str:
        """Return the sha256 of ``weights.safetensors``, in hexadecimal."""
        return hashlib.sha256(self._weight_bytes()).hexdigest()

    def _weight_bytes(self) -> bytes:
        return safetensors.torch.save({name: tensor.contiguous() for name, tensor in self.weights.items()})


def files(package: Package) -> dict[str, bytes]:
    """Return the contents of the three files by name. Equal packages give equal bytes."""
    contents = {
        "weights.safetensors": package._weight_bytes(),
        "features.json": features.dumps(package.features).encode(),
    }
    about = {
        "format": FORMAT,
        "model": dataclasses.asdict(package.model),
        "outputs": package.outputs,
        "classes": list(package.classes),
        "threshold": package.threshold,
        "seal": checksum.placeholder(),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()},
    }
    return {**contents, "model.json": checksum.filled((json.dumps(about, indent=1) + "\n").encode())}


def load(folder: Path) -> Package:
    """Read a folder that holds the three files, and check that the model can be used.

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
        loaded = Package(
            model=MODELS.read(about["model"]),
            outputs=about["outputs"],
            features=features.loads(data["features.json"].decode()),
            weights=weights,
            classes=tuple(about["classes"]),
            threshold=float(about["threshold"]),
        )
        kinds = loaded.features.inputs().items()
        loaded.logits(pa.table({name: pa.array([], ARROW[kind]) for name, kind in kinds}))
    except UserError as error:
        raise UserError(f"{folder}: {error}") from error
    except Exception as error:  # digests are not signatures: the files may hold anything
        reason = shortened(f"{type(error).__name__}: {error}", 60)
        raise UserError(f"{folder}: not a model that can be used ({reason}); train again") from error
    return loaded


def _refuse_odd(weights: Mapping[str, Tensor]) -> None:
    for name, tensor in sorted(weights.items()):
        counter = tensor.dtype == torch.int64 and tensor.ndim == 0  # batch norm's num_batches_tracked
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
        checksum.check(path, "a model description", "train again")
        outputs, classes, threshold = about["outputs"], about["classes"], about["threshold"]
        named = isinstance(classes, list) and len(set(map(str, classes))) == len(classes) > 1
        named = named and all(isinstance(name, str) for name in classes)
        consistent = type(outputs) is int and (outputs == len(classes) or (outputs, len(classes)) == (1, 2))
        if not (named and consistent and 0.0 <= threshold <= 1.0 and about["model"] and about["sha256"].keys()):
            raise ValueError("values against their rules")
        return about
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(f"{path}: not a model description; train again") from error
