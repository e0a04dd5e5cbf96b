"""Checks of DVC's cache, whose files are named by the md5 of their content."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from logodds.review.doctor import proof, reading
from logodds.review.doctor.finding import FINE, TO_DO, Finding, below, removal
from logodds.runs import pipeline
from logodds.system import hashes
from logodds.system.errors import counted
from logodds.system.terminal.invocation import typed

CHECK, OUTPUTS = "DVC cache", "DVC outputs"
DIGEST = re.compile(r"[0-9a-f]{30}(\.dir)?")  # the rest of an md5, whose first two digits name the folder
FOLDER = ".dir"


def place(project: Path) -> Path:
    """Return the cache's folder of files by md5: in ``.dvc/cache``, or where DVC's configuration puts the cache."""
    folder = ".dvc/cache"
    for name in ("config", "config.local"):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string((project / ".dvc" / name).read_text())
        except (OSError, ValueError, configparser.Error):
            continue
        given = parser.get("cache", "dir", fallback=None)
        folder = folder if given is None else str(project / ".dvc" / Path(given).expanduser())
    return project / folder / "files" / "md5"


def check(project: Path) -> Finding:
    """Check that the md5 of each file's content is the one that its name says."""
    cache = place(project)
    files = sorted(path for path in cache.glob("[0-9a-f][0-9a-f]/*") if DIGEST.fullmatch(path.name))
    if not files:
        return Finding(CHECK, FINE, "there is none yet")
    read = reading.through(CHECK, files, [path.stat().st_size for path in files])
    damaged = [path for path in read if hashes.md5(path) != path.parent.name + path.name.removesuffix(FOLDER)]
    if not damaged:
        return Finding(CHECK, FINE, f"{counted(len(files), 'file')} with the content that their names say")
    damage = f"{counted(len(damaged), 'file')} of {len(files)} damaged"
    items = tuple(below(path, project) for path in damaged)
    if not all(proof.inside(path, project) for path in damaged):
        message = f"{damage}, in a cache outside the project that others may use; what they hold is to be checked first"
        return Finding(CHECK, TO_DO, message, items)
    message = f"{damage}; what they held is fetched or made again"
    return Finding(CHECK, TO_DO, message, items, f"{removal(damaged)}; {_again()}")


def outputs(project: Path) -> Finding:
    """Check that the cache holds the outputs of stages in ``dvc.lock``."""
    cache = place(project)
    missing, count = [], 0
    lock = project / "dvc.lock"
    if lock.is_file() and not pipeline.is_whole(lock):
        message = f"{lock} is damaged, as when DVC was killed while it wrote it"
        return Finding(OUTPUTS, TO_DO, message, fix=pipeline.RESTORE)
    for path, digest in _locked(project):
        count += 1
        if not _held(cache, digest):
            missing.append(path)
    if not missing:
        return Finding(OUTPUTS, FINE, f"the cache holds {counted(count, 'output')} of dvc.lock")
    message = f"{counted(len(missing), 'output')} of {count} in dvc.lock that the cache does not hold"
    return Finding(OUTPUTS, TO_DO, message, tuple(missing), _again())


def _again() -> str:
    """Return commands that fetch missing outputs from a remote, if there is one, and make the others again."""
    return f"dvc fetch; {typed('reproduce')}"


def _held(cache: Path, digest: str) -> bool:
    """Whether the cache holds an output: a file, or a folder with all its files.

    A folder whose list of files is damaged counts as held, since :func:`check` reports it.
    """
    path = cache / digest[:2] / digest[2:]
    if not path.is_file():
        return False
    if not digest.endswith(FOLDER):
        return True
    try:
        digests = [str(entry["md5"]) for entry in json.loads(path.read_bytes())]
    except (ValueError, KeyError, TypeError):
        return True
    return all((cache / digest[:2] / digest[2:]).is_file() for digest in digests)


def _locked(project: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and the md5 of each output in ``dvc.lock`` that belongs in the cache."""
    try:
        locked = yaml.safe_load((project / "dvc.lock").read_text())["stages"]
        stages = yaml.safe_load((project / "dvc.yaml").read_text())["stages"]
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return
    for name, stage in locked.items():
        uncached = [_pattern(path) for path in _uncached(stages.get(name.partition("@")[0], {}))]
        for output in stage.get("outs", []):
            if "md5" in output and not any(pattern.fullmatch(output["path"]) for pattern in uncached):
                yield output["path"], output["md5"]


def _uncached(stage: dict[str, Any]) -> list[str]:
    """Return the paths of a stage's outputs that are not cached, because git keeps them."""
    stage = stage.get("do", stage)
    entries = [
        entry for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, []) if isinstance(entry, dict)
    ]
    return [path for entry in entries for path, options in entry.items() if (options or {}).get("cache") is False]


def _pattern(path: str) -> re.Pattern[str]:
    """Compile a pattern for a path in which ``${...}`` may stand for anything."""
    return re.compile(".+".join(map(re.escape, re.split(r"\$\{[^}]*\}", path))))
