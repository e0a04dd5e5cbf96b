"""Read from the record of a run how it was trained.

The record may come from somebody else, or have been changed, so everything is checked before it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, final

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.options import configfile
from logodds.runs.outcome import HISTORY
from logodds.system import locations
from logodds.system.errors import UserError
from logodds.system.terminal.text import shortened
from logodds.tracking import verified
from logodds.tracking.provenance import facts, repository
from logodds.tracking.provenance.environment import VARIABLES
from logodds.tracking.reader import Reader
from logodds.tracking.recorded import Recorded

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
COUNT = re.compile(r"[1-9][0-9]{0,8}")
VALUE = re.compile(r"[A-Za-z0-9_.,:-]{1,64}")  # value of an environment variable
# Sections and names of the paths of files with rows.
FILES = (("problem", "path"), ("problem", "labels"), ("problem", "test_path"), ("problem", "test_labels"))
PATHS = (*FILES, ("split", "val_rows"))
FINAL = ("best/", "train/")  # how the names of a training's final figures begin
NEEDED = (facts.SOURCES, "data.md5", "split.sha256", "history.sha256", "predictions.sha256", "device")


@final
class NotComparableError(Exception):
    """A run cannot be replayed here. The message names what is missing, such as ``code``, and the reason."""


@dataclass(frozen=True)
class Evidence:
    """What the record of a run says about its training.

    Attributes:
        run: the recorded run.
        config: values of the resolved configuration, by section and name.
        commit: the git commit of the code; empty where the record has none.
        changes: the diff of what was not committed; empty where everything was.
        packages: the installed packages, as ``name==version``.
        history: content of ``history.csv``.
        fold: number of the fold of a cross-validation, from 1; None for other runs.
        stopped: the epoch after which a search stopped the run; None where none did.
        sources: sha256 of the listing of the code that trained; empty where the record has none.
        environment: versions, machine and device by name.
        variables: values of the environment variables that choose among numerical kernels, by name.
        lacking: why the run cannot be replayed; None where nothing is missing.
    """

    run: Recorded
    config: dict[str, dict[str, Any]]
    commit: str
    changes: bytes
    packages: tuple[str, ...]
    history: bytes
    fold: int | None
    stopped: int | None
    sources: str
    environment: dict[str, str]
    variables: dict[str, str]
    lacking: str | None

    def figures(self) -> dict[str, float]:
        """Return the final figures of the training by name: not those of epochs, of test rows or of other programs."""
        of_epochs = self.history.decode(errors="replace").partition("\n")[0].strip().split(",")
        recorded = self.run.figures.items()
        return {name: value for name, value in recorded if name.startswith(FINAL) and name not in of_epochs}


def read(reader: Reader, run: Recorded) -> Evidence:
    """Read the record of a run, and check it. Nothing in it is run or resolved, and none of its paths is opened.

    Raises:
        UserError: the run is not that of a training, or its record is not of the form that a training writes.
    """
    data = reader.artifact(run.id, "config.yaml")
    if data is None or "config.sha256" not in run.tags:
        raise UserError(f"run={run.id}: not a training: its record holds no configuration; choose another")
    config = _plain(data, run.id)
    tags = run.tags
    history, packages = (reader.artifact(run.id, name) for name in (HISTORY, "packages.txt"))
    changes = reader.artifact(run.id, "uncommitted.diff") if "uncommitted.sha256" in tags else None
    known = facts.read(reader, run)
    environment = {**(known or {}), "device": tags.get("device", "")}
    sources = environment.pop(facts.SOURCES, "")
    return Evidence(
        run,
        config,
        tags.get("git.commit", ""),
        changes or b"",
        tuple((packages or b"").decode(errors="replace").split()),
        history or b"",
        _count(run, "fold"),
        _count(run, "stopped.epoch"),
        sources,
        environment,
        _variables(run, environment),
        _lacking(
            run, known, {"config.yaml": data, HISTORY: history, "packages.txt": packages, "uncommitted.diff": changes}
        ),
    )


def _lacking(run: Recorded, known: Mapping[str, str] | None, files: Mapping[str, bytes | None]) -> str | None:
    """Return why the run cannot be replayed, or None.

    Args:
        known: the run's facts; None where their file is gone or damaged.
        files: contents of files of the record by name; None where the record lacks one.
    """
    tags = run.tags
    if run.status != "FINISHED":
        error = f": {shortened(tags['error'], 100)}" if "error" in tags else ""
        return f"status: the run did not finish ({run.status}{error})"
    if known is None:
        return f"record: {facts.FILE} does not match its digest"
    absent = [name for name in NEEDED if name not in {**tags, **known}]
    if absent or files[HISTORY] is None:
        return (
            f"record: it holds no {absent[0]}; it is of a version before replays"
            if absent
            else f"record: {HISTORY} is gone"
        )
    for name, data in files.items():
        if verified.damaged(run, name, data or b""):
            return f"record: {name} does not match its digest"
    if locations.checkout() is None:  # an installed package has no commit: its digest is compared
        return None
    if COMMIT.fullmatch(tags.get("git.commit", "")) is None:
        cause = tags.get(repository.CAUSE)
        if cause is None:  # of an earlier version
            return "code: it was trained outside of a git repository"
        return f"code: its commit is not in the record: {shortened(cause, 100)}"
    if tags.get("git.dirty") != "false" and "uncommitted.sha256" not in tags:
        return "code: what was not committed is too large to be in the record"
    return None


def _plain(data: bytes, run_id: str) -> dict[str, dict[str, Any]]:
    """Parse a configuration; refuse all that could run code, expand without bounds or lead out of the project."""

    def refused(reason: str) -> UserError:
        return UserError(f"run={run_id}: config.yaml in its record {reason}; no training writes that, nothing was run")

    try:
        text = data.decode()
        if (odd := configfile.oddity(text)) is not None:
            raise refused(f"has {odd}")
        plain: Any = OmegaConf.to_container(OmegaConf.create(text), resolve=False)
    except (ValueError, yaml.YAMLError, OmegaConfBaseException, RecursionError) as error:
        raise refused("cannot be read") from error
    if not isinstance(plain, dict) or not plain or not all(isinstance(values, dict) for values in plain.values()):
        raise refused("is no mapping of sections")
    for key, value in _values(plain, ""):
        if "_target_" in key:
            raise refused(f"names code to be run ({shortened(key, 40)})")
        line = f"{key}={value}" if isinstance(value, str) else key
        if "${" in line:
            raise refused(f"has an unresolved value ({shortened(line, 60)})")
    for section, name in PATHS:
        path = plain.get(section, {}).get(name)
        if path is not None and (not isinstance(path, str) or "\0" in path or ".." in PurePosixPath(path).parts):
            raise refused(f"leads out of the project ({shortened(f'{section}.{name}={path}', 60)})")
    return plain


def _values(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every node of nested mappings and lists with its dotted key; items of a list have the key of the list."""
    yield path, node
    if isinstance(node, dict):
        for key, item in node.items():
            yield from _values(item, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for item in node:
            yield from _values(item, path)


def _count(run: Recorded, tag: str) -> int | None:
    """Return a tag that holds a whole number > 0, None where the run has no such tag."""
    text = run.tags.get(tag)
    if text is None:
        return None
    if COUNT.fullmatch(text) is None:
        raise UserError(f"run={run.id}: {tag}={shortened(text, 40)} in its record: must be a whole number > 0")
    return int(text)


def _variables(run: Recorded, environment: Mapping[str, str]) -> dict[str, str]:
    variables = {name: environment[f"env.{name}"] for name in VARIABLES if f"env.{name}" in environment}
    for name, value in variables.items():
        if VALUE.fullmatch(value) is None:
            recorded = f"env.{name}={shortened(value, 40)} in its record"
            raise UserError(f"run={run.id}: {recorded}: not a valid value of that variable")
    return variables
