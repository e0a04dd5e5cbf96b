"""What training reads, made from a configuration: table, split, fitted features and rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, final

from logodds.data import leakage, splitter
from logodds.data.leakage import Copies
from logodds.data.problem import Problem
from logodds.data.split import Split
from logodds.data.split_options import SplitOptions
from logodds.data.table import Table
from logodds.engine.state import Data
from logodds.features.features import FeatureOptions, Features
from logodds.runs.code import origin_of, sources
from logodds.tracking.provenance.origin import Origin, joined

if TYPE_CHECKING:
    from logodds.runs.config import Config


@dataclass(frozen=True)
class Inputs:
    """A table with its split and the fitted features.

    Attributes:
        table: all rows of the problem.
        split: which rows are train, validation and test rows.
        features: fitted on the train rows.
    """

    table: Table
    split: Split
    features: Features

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the rows, one line each."""
        return (*self.table.notes, *self.features.notes)

    @cached_property
    def copies(self) -> list[Copies]:
        """How many held-out rows equal a train row. This is about the split: no model sees the test rows by it."""
        return leakage.copies(self.table, self.split, list(self.features.inputs()))

    @cached_property
    def giveaways(self) -> list[str]:
        """The columns whose values are the classes under other names."""
        return leakage.giveaways(self.table, self.split.train, list(self.features.inputs()))

    @cached_property
    def unseen(self) -> list[str]:
        """What the validation rows hold that no train row held, by column."""
        return self.features.unseen(self.table.columns, self.split.val)

    @cached_property
    def digest(self) -> str:
        """sha256 of the rows and of how they are split."""
        return joined([self.table.digest, self.split.digest()])

    def inspected(self) -> dict[str, object]:
        """Return what the properties tell of the raw columns, by name. Before :attr:`data` is made this takes less
        memory at a time than after it."""
        return {name: getattr(self, name) for name in ("copies", "giveaways", "unseen")}

    def encoded(self, raw: Sequence[str]) -> Inputs:
        """Return the same inputs with the encoded rows, which training reads, and of the raw columns only some.

        Raw numbers take twice the memory of encoded ones. What the properties tell of the other columns is kept, but
        features cannot be applied to the table any more.
        """
        known = {**self.inspected(), "data": self.data}
        lean = Inputs(self.table.keeping(raw), self.split, self.features)
        lean.__dict__.update(known)  # where cached_property keeps them
        return lean

    def __getstate__(self) -> dict[str, object]:
        """Leave :attr:`data` out of a pickle: the other process computes it again."""
        return {name: value for name, value in self.__dict__.items() if name != "data"}

    @cached_property
    def data(self) -> Data:
        """The train and validation rows. The test rows are not looked at."""
        target, train, val = self.table.target, self.split.train, self.split.val
        x_train, x_val = (self.features.apply(self.table.columns, rows) for rows in (train, val))
        return Data(x_train, target[train], x_val, target[val], len(self.table.classes))


def of(config: Config) -> Inputs:
    """Read a configuration's files, split the rows and fit the features.

    Raises:
        UserError: something is wrong with the files or the split, or the features cannot read the columns.
    """
    return fitted(*of_files(config.problem, config.split), config.features, config.split.column)


def of_files(problem: Problem, options: SplitOptions) -> tuple[Table, Split]:
    """Read the problem's files and split the rows.

    Raises:
        UserError: something is wrong with the files or the split.
    """
    table = _read(problem, options)
    return table, splitter.split(table, options)


def with_split_notes(table: Table, options: SplitOptions) -> Table:
    """Return the table with notes on how its rows are split, which all runs on it share."""
    return replace(table, notes=(*table.notes, *splitter.notes(table, options)))


def fitted(table: Table, parts: Split, options: FeatureOptions, split_column: str | None) -> Inputs:
    """Fit the features on the train rows."""
    return Inputs(table, parts, options.fit(table, parts.train, split_column))


def of_folds(problem: Problem, options: SplitOptions, features: FeatureOptions) -> list[Inputs]:
    """Return the inputs of each fold of a cross-validation, fitted on the train rows of the fold.

    Raises:
        UserError: something is wrong with the files or the split.
    """
    table = _read(problem, options)
    return [fitted(table, parts, features, options.column) for parts in splitter.folds(table, options)]


def _read(problem: Problem, options: SplitOptions) -> Table:
    table = with_split_notes(problem.read(options.column), options)
    if not table.test_rows or options.method == "given":
        return table
    keep = "split.method=given keeps them" if options.folds is None else "split.method=given, without folds, keeps them"
    note = f"the {table.test_rows} rows of problem.test_path are pooled with the others; {keep}"
    return replace(table, notes=(*table.notes, note))


@final
class InputsCache:
    """The inputs of several configurations. Files are read, and features fitted, only once."""

    def __init__(self) -> None:
        self._inputs: dict[str, Inputs] = {}
        self._folds: dict[str, list[Inputs]] = {}
        self._origins: dict[str, Origin] = {}

    def of(self, config: Config) -> Inputs:
        """Return the inputs of a configuration.

        Raises:
            UserError: something is wrong with the files or the split.
        """
        key = repr((config.problem, config.split, config.features))
        if key not in self._inputs:
            self._inputs[key] = of(config)
        return self._inputs[key]

    def origin(self, config: Config) -> Origin:
        """Return what the result of a configuration comes from. Files are digested only once."""
        key = repr((config.problem, sources(config)))
        if key not in self._origins:
            self._origins[key] = origin_of(config)
        return self._origins[key]

    def signature(self, config: Config) -> str:
        """Return the signature of a configuration's training.

        Raises:
            UserError: something is wrong with the files or the split.
        """
        return self.origin(config).signature(config.signature, self.of(config).digest)

    def folds(self, config: Config) -> list[Inputs]:
        """Return the inputs of each fold of a configuration's cross-validation.

        Raises:
            UserError: something is wrong with the files or the split.
        """
        key = repr((config.problem, config.split, config.features))
        if key not in self._folds:
            self._folds[key] = of_folds(config.problem, config.split, config.features)
        return self._folds[key]
