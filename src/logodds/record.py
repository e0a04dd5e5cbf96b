"""What the tracker's record of a run holds, beside the figures of each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import torch

from logodds import evaluation, landscape, provenance
from logodds.config import Config
from logodds.features import kinds as features
from logodds.inputs import Inputs
from logodds.models import build
from logodds.plots import curves

if TYPE_CHECKING:
    from logodds.tracking import Run
    from logodds.training import Outcome


def describe(run: Run, config: Config, inputs: Inputs, device: torch.device) -> None:
    """What is known before the first epoch."""
    path = config.problem.file()
    digest = provenance.digest(config.problem.files())
    certificate = inputs.split
    run.params(config.flat())
    run.tags(
        {
            "problem": config.problem.name,
            "config.sha256": config.signature(),
            "data.md5": digest,
            "split.sha256": certificate.digest(),
            "seed": str(config.train.seed),
            "mlflow.source.name": "src/train.py",
            "mlflow.source.type": "LOCAL",
            "mlflow.user": provenance.user(),
            **provenance.code(),
            **provenance.environment(device.type, config.train.threads),
            **({"resubstitution": "true: judged on its own train rows"} if certificate.resubstitution else {}),
        }
    )
    notes = "".join(f"{note}\n" for note in [*inputs.notes, *build.notes(config.model)])
    run.artifacts({"config.yaml": config.to_yaml().encode()} | ({"notes.txt": notes.encode()} if notes else {}))
    columns = inputs.features.inputs() | {inputs.table.target_name: "string"}
    run.dataset(path.name, config.problem.path, digest, columns, len(inputs.table))


def conclude(run: Run, inputs: Inputs, outcome: Outcome) -> None:
    """What is known after the last epoch."""
    run.flush()
    run.tags({"weights.sha256": outcome.package.digest(), "best.epoch": str(outcome.best_epoch)})
    figures = {"best/epoch": float(outcome.best_epoch), **outcome.train}
    files = {"loss.svg": curves.losses(outcome.history, outcome.best_epoch)}
    files |= landscape.artifacts(outcome.package, inputs)
    found = outcome.validation
    if found is not None:
        figures |= {f"best/{name}": value for name, value in found.report.figures().items()}
        run.tags({"mlflow.note.content": evaluation.to_markdown(found)})
        files |= evaluation.artifacts(found)
    for path in sorted(outcome.folder.glob("checkpoints/*.ckpt")):
        files[f"checkpoints/{path.name}"] = path.read_bytes()
    run.figures(figures)
    run.artifacts(files)
    if found is not None:
        run.table(evaluation.confusion_table(found), "val/confusion_matrix.json")
    needed = features.packages(inputs.features)
    run.model(outcome.folder / "model", _served(inputs), inputs.table.classes, needed)


def _served(inputs: Inputs) -> dict[str, str]:
    """The columns that the model reads, with MLflow's types. pandas reads whole numbers as integers, which MLflow lets
    pass neither for doubles nor for strings: such a column may hold anything, and its features refuse what is wrong."""
    read = inputs.features.inputs()
    return {name: "any" if _is_whole(inputs.table.columns.column(name)) else kind for name, kind in read.items()}


def _is_whole(column: pa.ChunkedArray) -> bool:
    """Numbers without a fraction, or words that come back from such numbers as they were (007 does not)."""
    kind = column.type
    if pa.types.is_floating(kind):
        return bool(pc.all(pc.equal(pc.floor(column), column)).as_py())
    if not pa.types.is_string(kind):
        return False
    words = pc.unique(column)
    try:
        return bool(pc.all(pc.equal(words.cast(pa.int64()).cast(pa.string()), words)).as_py())
    except pa.ArrowInvalid:
        return False
