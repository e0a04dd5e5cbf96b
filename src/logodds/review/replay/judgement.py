"""Judge a run by what its training came to when it was trained again."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
import safetensors.numpy

from logodds.review.replay import environment, verdict
from logodds.review.replay.evidence import Evidence, NotComparableError
from logodds.review.replay.retraining import ENDED
from logodds.review.replay.verdict import ComparedResult, Verdict, Weights
from logodds.runs.outcome import HISTORY
from logodds.system import locations
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader

WEIGHTS = "weights.safetensors"


def ended(folder: Path) -> dict[str, Any]:
    """Read how the training in a folder ended; empty where its process ended early."""
    path = folder / ENDED
    result: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return result


def judged(reader: Reader, record: Evidence, folder: Path) -> Verdict:
    """Return the verdict on a run that was trained again into a folder."""
    tags = record.run.tags
    match ended(folder):
        case {"digests": digests, "figures": figures, "environment": now, "packages": installed}:
            weights = _weights(folder / "model")
            again = ComparedResult(digests, (folder / HISTORY).read_bytes(), weights, figures)
            try:
                recorded = ComparedResult(tags, record.history, _recorded_weights(reader, record), record.figures())
            except NotComparableError as error:
                return verdict.not_comparable(str(error))
            machine = environment.differences(record.environment, record.packages, now, installed)
            return verdict.judge(recorded, again, machine)
        case {"differs": "code"} if locations.checkout() is None:
            trained = next((name for name in record.packages if name.startswith("logodds==")), "logodds")
            message = f"code: trained by another version of logodds ({shortened(trained, 40)}); install that one"
            return verdict.not_comparable(message)
        case {"differs": "code"}:
            message = (
                f"code: the sources of commit {record.commit[:12]} and the recorded changes are not those that trained"
            )
            return verdict.not_comparable(f"{message} (files that git ignores?)")
        case {"differs": "data"}:
            message = (
                f"data: {shortened(str(record.config['problem'].get('path')), 60)} in DVC's cache is another version"
            )
            return verdict.not_comparable(f"{message} than the run read (md5 {tags['data.md5'][:12]})")
        case {"differs": "split"} if record.config["split"].get("val_rows") is not None:
            return verdict.not_comparable("data: the file of split.val_rows is not the one that the run read")
        case {"differs": "split", "found": digest}:
            return verdict.different(f"split.sha256: recorded {tags['split.sha256'][:12]}, replayed {str(digest)[:12]}")
        case {"lacking": reason}:
            return verdict.not_comparable(str(reason))
        case {"refused": reason}:
            return verdict.not_comparable(f"training: {reason}")
        case {"failed": reason}:
            return verdict.different(f"training: {reason}")
    return verdict.not_comparable("code: the training process ended early; see its message above")


def _recorded_weights(reader: Reader, record: Evidence) -> Weights:
    with tempfile.TemporaryDirectory() as name:
        folder = reader.package(record.run.id, Path(name))
        if folder is None or not (folder / WEIGHTS).is_file():
            raise NotComparableError("record: it holds no weights")
        if hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest() != record.run.tags.get("weights.sha256"):
            raise NotComparableError("record: weights.safetensors does not match its digest")
        return _weights(folder)


def _weights(folder: Path) -> Weights:
    try:
        return safetensors.numpy.load((folder / WEIGHTS).read_bytes())
    except safetensors.SafetensorError as error:
        raise NotComparableError("record: its weights cannot be read") from error
