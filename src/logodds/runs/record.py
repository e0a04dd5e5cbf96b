"""What the tracker's record of a run holds, besides the figures of each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from logodds.evaluation import artifacts
from logodds.evaluation.evaluation import Evaluation
from logodds.evaluation.plots import curves
from logodds.features.features import FEATURES
from logodds.models.model import MODELS, Model
from logodds.runs import fitted, notes
from logodds.runs.config import Config
from logodds.runs.inputs import Inputs
from logodds.runs.outcome import HISTORY
from logodds.system.terminal.invocation import typed
from logodds.tracking import verified
from logodds.tracking.provenance import environment, facts
from logodds.tracking.provenance.origin import Origin
from logodds.tracking.writer import ModelSchema, Source

if TYPE_CHECKING:
    from logodds.runs.outcome import Outcome
    from logodds.tracking.run import Run
    from logodds.tracking.store import Store

NOTES = "notes.txt"


def describe(run: Run, config: Config, inputs: Inputs, device: torch.device, origin: Origin) -> None:
    """Record what is known before the first epoch. The signature is a tag from the moment the run is opened."""
    path = config.problem.file()
    split = inputs.split
    known = environment.environment(device.type, config.train.threads)
    run.params(config.flat())
    run.tags(
        {
            "problem": config.problem.name,
            "config.sha256": config.signature,
            "split.sha256": split.digest(),
            "seed": str(config.train.seed),
            **origin.tags(),
            "device": known["device"],
            **({"resubstitution": "true: judged on its own train rows"} if split.resubstitution else {}),
        }
    )
    run.source(Source(typed("train").removeprefix("python "), environment.user(), origin.commit))
    told = notes.as_text(notes.notes(config, inputs))
    packages = "".join(f"{package}\n" for package in environment.packages())
    files = {"config.yaml": config.to_yaml(), "packages.txt": packages, NOTES: told}
    contents = {name: text.encode() for name, text in files.items()} | {"uncommitted.diff": origin.changes}
    contents[facts.FILE] = facts.dumps({facts.SOURCES: origin.sources, **known})
    run.artifacts({name: data for name, data in contents.items() if data})
    run.tags(verified.digests(contents))
    columns = inputs.features.inputs() | {inputs.table.target_name: "string"}
    run.dataset(path.name, config.problem.path, origin.data, columns, len(inputs.table))


def conclude(run: Run, config: Config, inputs: Inputs, outcome: Outcome) -> None:
    """Record what is known after the last epoch."""
    run.tags(outcome.digests() | {"best.epoch": str(outcome.best_epoch)})
    files = {HISTORY: (outcome.folder / HISTORY).read_bytes()}
    if more := notes.of_budget(config, outcome.figures()):
        files[NOTES] = notes.as_text([*notes.notes(config, inputs), *more]).encode()
    files |= {"loss.svg": curves.losses(outcome.history, outcome.best_epoch)}
    files |= fitted.artifacts(outcome.package, inputs)
    tables = {}
    validation = outcome.validation
    if validation is not None:
        run.describe(artifacts.to_markdown(validation))
        files |= artifacts.files(validation)
        tables["val/confusion_matrix.json"] = artifacts.confusion_table(validation)
    for path in sorted(outcome.folder.glob("checkpoints/*.ckpt")):
        files[f"checkpoints/{path.name}"] = path.read_bytes()
    run.artifacts(files, tables)
    run.model(outcome.folder / "model", _schema(inputs, outcome.package.model))
    run.figures_of_model(outcome.figures())


def open_test_rows(store: Store, run_id: str, evaluation: Evaluation) -> None:
    """Add the evaluation of the test rows to a run that has ended."""
    with store.reopened(run_id) as run:
        run.describe(artifacts.to_markdown(evaluation))
        run.figures_of_model({f"test/{name}": value for name, value in evaluation.figures().items()})
        matrix = {"test/confusion_matrix.json": artifacts.confusion_table(evaluation)}
        run.artifacts(artifacts.files(evaluation), matrix)


def _schema(inputs: Inputs, model: Model) -> ModelSchema:
    """Return what the model reads and gives. The columns of a table have the types that they had in its file."""
    stored_as = inputs.table.stored_as
    columns = tuple((name, stored_as.get(name, kind)) for name, kind in inputs.features.inputs().items())
    options = (FEATURES.module(inputs.features.kind), MODELS.module(model.name))
    return ModelSchema(columns, inputs.table.classes, inputs.features.packages, options)
