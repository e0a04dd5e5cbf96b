"""The name of a run, and what else it is opened with in the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from logodds.options.overrides import short_names

ROWS = {"problem", "problem.name", "problem.path", "problem.test_path"}  # keys that only choose the rows


@dataclass(frozen=True)
class Naming:
    """What a run is opened with.

    Attributes:
        name: the run's name, which need not be unique.
        tags: texts by name, among them those that later searches for the run use.
        parent: id of the run above it, such as a sweep's; None for a run of its own.
        run: id of a run that was cut off and is to be continued; None for a new run.
        colour: ``#rrggbb``, in which a tracker's pages draw the run; None: the tracker chooses.
    """

    name: str
    tags: Mapping[str, str]
    parent: str | None = None
    run: str | None = None
    colour: str | None = None


def run_name(overrides: Sequence[str]) -> str:
    """Return a short name for a run from its overrides, such as ``lr=0.1 model=mlp`` for ``optim.lr=0.1 model=mlp``.

    The file and the target in it are not part of it, because the experiment is named by the file. Keys are shortened by
    :func:`short_names`, because the charts of the UI cut names after about 14 characters.
    """
    pairs = [override.lstrip("+").partition("=") for override in overrides]
    keys = [key for key, _, _ in pairs]
    named = ROWS | {"problem.target"} if "problem.path" in keys else ROWS
    names = short_names(keys)
    return " ".join(f"{names[key]}={value}" for key, _, value in pairs if key not in named)
