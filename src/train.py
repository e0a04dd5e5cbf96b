"""Train: python src/train.py problem=iris optim.lr=0.1, or -m optim.lr=0.01,0.1 for a sweep; --help says what else.

In the pipeline: python src/train.py out/iris/config.yaml, on the stages' table and split.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from logodds.system.terminal import command

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from logodds.runs.config import Config


def main() -> int:
    from logodds.runs import compose
    from logodds.runs.config import read_file

    arguments = sys.argv[1:]
    if len(arguments) == 1 and arguments[0].endswith(".yaml"):
        path = Path(arguments[0])
        return pipeline(path, read_file(path))
    return compose.main(once, arguments)


def pipeline(path: Path, config: Config) -> int:
    from logodds.data import split, table
    from logodds.engine import fit
    from logodds.runs import inputs, show, training
    from logodds.runs.task import Task, fits
    from logodds.system.terminal.notes import show_notes
    from logodds.tracking.naming import Naming
    from logodds.tracking.provenance.origin import of_problem

    fit.device(config.train.device)
    rows = table.load(path.parent / "table.arrow")
    parts = split.load(path.parent / "split.safetensors", len(rows))
    found = inputs.fitted(rows, parts, config.features, config.split.column)
    fits(config, found)
    show_notes([*found.notes, *config.notes()])
    origin = of_problem(config.problem)
    store = training.connect(config)
    outcome = training.train(Task(config, found, origin, path.parent, Naming("dvc repro", {"dvc": "train"})), store)
    show.show_run(config, outcome, store)
    return 0


def once(node: DictConfig) -> int:
    from hydra.core.hydra_config import HydraConfig

    from logodds.runs.config import read_config

    config = read_config(node)
    from logodds.engine import fit
    from logodds.options import overrides
    from logodds.runs import crossval, inputs, reuse, show, training
    from logodds.runs.folder import run_folder
    from logodds.runs.task import Task, fits
    from logodds.system.terminal.notes import show_notes
    from logodds.tracking.naming import Naming
    from logodds.tracking.provenance.origin import of_problem

    fit.device(config.train.device)  # refused before the files are read
    name = overrides.run_name(HydraConfig.get().overrides.task) or config.problem.name
    if config.split.folds is not None:
        folds = inputs.of_folds(config.problem, config.split, config.features)
        fits(config, folds[0])
        show_notes([*folds[0].notes, *config.notes()])
        origin = of_problem(config.problem)
        store = training.connect(config)
        show.show_folds(config, crossval.run(config, folds, origin, store, name), store)
        return 0
    found = inputs.fitted(*inputs.of_files(config.problem, config.split), config.features, config.split.column)
    fits(config, found)
    show_notes([*found.notes, *config.notes()])
    origin = of_problem(config.problem)
    store = training.connect(config)
    outcome = reuse.earlier(config, found, origin, store) if store is not None and config.train.reuse else None
    if outcome is None:
        outcome = training.train(Task(config, found, origin, run_folder(config), Naming(name, {})), store)
    else:
        print(f"already trained as run {outcome.run_id}; train.reuse=false trains again")
    show.show_run(config, outcome, store)
    return 0


if __name__ == "__main__":
    command.run(main)
