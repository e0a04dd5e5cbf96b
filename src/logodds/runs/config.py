"""The whole configuration of a run: one dataclass per section, each defined beside the code that it configures."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.data.problem import SOURCES, Problem
from logodds.data.split_options import SplitOptions
from logodds.engine.loss import LOSSES, Loss
from logodds.engine.optim import OPTIMISERS, Optim
from logodds.engine.train_options import TrainOptions
from logodds.evaluation.evaluate_options import EvaluateOptions
from logodds.features.features import FEATURES, FeatureOptions
from logodds.models.model import MODELS, Model
from logodds.options.configfile import load
from logodds.options.registry import Group
from logodds.options.rules import forbidden
from logodds.options.schema import read
from logodds.options.suggestion import nearest
from logodds.options.unused import Unused
from logodds.system.errors import UserError
from logodds.tracking.tracker import TRACKERS, Tracker

#: Keys, or their beginnings, that do not affect the result: the record, how often a checkpoint is written, whether to
#: train at all.
WITHOUT_EFFECT = ("tracking.", "train.checkpoint_seconds", "train.reuse")


@dataclass(frozen=True)
class Config:
    """Everything a run depends on besides code, data and machine, as one field per section."""

    problem: Problem
    split: SplitOptions
    features: FeatureOptions
    model: Model
    loss: Loss
    optim: Optim
    train: TrainOptions
    evaluate: EvaluateOptions
    tracking: Tracker

    @cached_property
    def plain(self) -> dict[str, dict[str, Any]]:
        """The sections as plain mappings. They are cached and must not be changed."""
        return dataclasses.asdict(self)

    def flat(self) -> dict[str, Any]:
        """Return all values by their Hydra key, such as ``optim.lr``."""
        return {f"{section}.{key}": value for section, values in self.plain.items() for key, value in values.items()}

    @cached_property
    def unused(self) -> list[Unused]:
        """The keys that have no effect because of the values of others."""
        sections = (
            self.problem,
            self.split,
            self.features,
            self.model,
            self.loss,
            self.optim,
            self.train,
            self.tracking,
        )
        return [unused for section in sections for unused in section.unused()]

    @cached_property
    def signature(self) -> str:
        """The sha256 of the values that affect the result. Configurations that differ in :attr:`unused` keys alone have
        the same one."""
        usual = {key: values[0] for unused in self.unused for key, values in unused.keys.items()}
        values = {key: value for key, value in (self.flat() | usual).items() if not key.startswith(WITHOUT_EFFECT)}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def notes(self) -> list[str]:
        """Return what the user should know about these choices, one line each."""
        notes = self.model.notes()
        if self.loss.weighs_rows() and self.train.patience is not None and self.train.monitor == "val/loss":
            warning = "train.patience may stop early: val/loss is unweighted, and the weights of the loss worsen it"
            notes.append(f"{warning}; train.monitor=val/average_precision suits them")
        values = self.flat()
        told = [unused.note(values) for unused in self.unused]
        return [*notes, *(note for note in told if note is not None)]

    def to_yaml(self) -> str:
        """Return the resolved configuration, as ``compose`` writes it and :func:`read_config` reads it."""
        return "".join(_written(name, values) for name, values in self.plain.items())


#: The sections in which a key chooses among options.
GROUPS: dict[str, Group[Any]] = {
    "problem": SOURCES,
    "features": FEATURES,
    "model": MODELS,
    "loss": LOSSES,
    "optim": OPTIMISERS,
    "tracking": TRACKERS,
}
READERS: dict[str, Callable[[DictConfig], Any]] = {
    **{section: group.read for section, group in GROUPS.items()},
    "split": lambda node: read(SplitOptions, node, "split"),
    "train": lambda node: read(TrainOptions, node, "train"),
    "evaluate": lambda node: read(EvaluateOptions, node, "evaluate"),
}
# Caches of sections by their text, and of their YAML lines: the jobs of a sweep share most of them, and YAML is slow.
_READ: dict[str, Any] = {}
_WRITTEN: dict[str, str] = {}


def _section(name: str, plain: Any) -> Any:
    key = f"{name}: {plain!r}"
    if key not in _READ:
        _READ[key] = READERS[name](OmegaConf.create({name: plain})[name])
    return _READ[key]


def _written(name: str, plain: dict[str, Any]) -> str:
    return f"{name}:\n" + "".join(_line(key, value) for key, value in plain.items())


def _line(key: str, value: Any) -> str:
    text = f"{key}: {value!r}"
    if text not in _WRITTEN:
        _WRITTEN[text] = textwrap.indent(OmegaConf.to_yaml(OmegaConf.create({key: value})), "  ")
    return _WRITTEN[text]


def read_file(path: Path, called: str | None = None) -> Config:
    """Read a file with :func:`read_config`, and name the file in its errors.

    Args:
        called: the name to use in errors; None: the path.

    Raises:
        UserError: there is no such file, or :func:`read_config` refuses it.
    """
    try:
        return read_config(load(path))
    except UserError as error:
        message = str(error).removeprefix(f"{path}: ")
        raise UserError(f"{called or path}: {message}") from error


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every text inside a mapping or a list, with the dotted key that leads to it, as (key, text)."""
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, str):
        yield key, value


def read_config(node: DictConfig) -> Config:
    """Turn the sections into dataclasses, and check every rule.

    Raises:
        UserError: a value breaks a rule; the message is one line with the key, the rule and what would be right.
    """
    sections = [field.name for field in dataclasses.fields(Config)]
    for key in node:
        if key not in (*sections, "sweep"):  # a sweep's own options are not part of its jobs
            raise UserError(f"{key!s}: unknown section; {nearest(str(key), sections)}")
    for name in sections:
        if name not in node:
            raise UserError(f"{name}: the section is missing; compose the configuration again")
    try:
        for key, value in _leaves(OmegaConf.to_container(node)):
            if (reason := forbidden(value)) is not None:
                raise UserError(f"{key}: {reason}")
        plain: Any = OmegaConf.to_container(node, resolve=True)
    except OmegaConfBaseException as error:
        key = f"{error.full_key}: " if error.full_key else ""
        raise UserError(f"{key}{str(error).splitlines()[0]}; write the value itself") from error
    config = Config(**{name: _section(name, plain[name]) for name in sections})
    config.split.check()
    _refuse_unreadable(config)
    config.optim.suits(config.loss, config.model)
    if config.train.sampling == "stratified" and config.features.by_length:
        raise UserError(
            "train.sampling=stratified: texts are batched by length; use train.sampling=weighted or shuffle"
        )
    if config.train.warmup_epochs >= config.train.epochs:
        raise UserError(
            f"train.warmup_epochs={config.train.warmup_epochs}: must be < train.epochs={config.train.epochs}"
        )
    if config.split.val_size == 0.0 and config.split.method != "none" and config.train.monitor != "train/loss":
        raise UserError(
            f"train.monitor={config.train.monitor}: there are no validation rows; "
            "set split.val_size > 0 or train.monitor=train/loss"
        )
    return config


def _refuse_unreadable(config: Config) -> None:
    """Check that the model can read what the features give.

    Raises:
        UserError: it cannot.
    """
    model, row_kind = config.model, config.features.row_kind
    if row_kind in model.reads:
        return
    wanted = [name for name, option in FEATURES.options().items() if option.row_kind in model.reads]
    fitting = [name for name, option in MODELS.options().items() if row_kind in option.reads]
    raise UserError(
        f"model={model.name}: reads features={' or '.join(wanted)}, not {config.features.name}; "
        f"use model={' or '.join(fitting)}"
    )
