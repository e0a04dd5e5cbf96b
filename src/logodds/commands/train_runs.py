"""Training outside the pipeline, from the problem's own files: one run, a cross-validation, or a sweep (``-m``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from logodds.runs import compose
from logodds.runs.config import read_config

if TYPE_CHECKING:
    from omegaconf import DictConfig


def main(arguments: Sequence[str]) -> int:
    """Compose the configuration that the arguments choose, and train it.

    For a sweep, Hydra passes all jobs to its launcher instead.

    Returns:
        The exit code of the command.
    """
    return compose.main(_once, arguments)


def _once(node: DictConfig, changed: Sequence[str]) -> int:
    """Train a configuration, called by the overrides that ``changed`` it."""
    config = read_config(node)
    from logodds.runs import direct, show
    from logodds.tracking.naming import run_name

    name = run_name(changed) or config.problem.name
    if config.split.folds is not None:
        folds, store = direct.cross_validate(config, name)
        show.show_folds(config, folds, store)
        return 0
    ended = direct.train(config, name)
    if ended.reused:
        print(f"already trained as run {ended.outcome.run_id}; train.reuse=false trains again")
    show.show_run(config, ended.outcome, ended.store, reused=ended.reused)
    return 0
