"""DVC's cache: files that are named by the md5 of what is in them."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from logodds.review.doctor import reading
from logodds.review.doctor.finding import FINE, TO_DO, Finding, below, removal
from logodds.runs import pipeline
from logodds.system import hashes
from logodds.system.errors import counted
from logodds.system.terminal.invocation import typed

CHECK, OUTPUTS = "DVC cache", "DVC outputs"
DIGEST = re.compile(r"[0-9a-f]{30}(\.dir)?")  # the rest of a name, after a folder of two letters
FOLDER = ".dir"


def place(project: Path) -> Path:
    """Where the cache is: ``.dvc/cache``, or what the project's configuration names."""
    found = ".dvc/cache"
    for name in ("config", "config.local"):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read_string((project / ".dvc" / name).read_text())
        except (OSError, ValueError, configparser.Error):
            continue
        given = parser.get("cache", "dir", fallback=None)
        found = found if given is None else str(project / ".dvc" / Path(given).expanduser())
    return project / found / "files" / "md5"


def check(project: Path) -> Finding:
    """Files whose content is not what their name says."""
    cache = place(project)
    files = sorted(path for path in cache.glob("[0-9a-f][0-9a-f]/*") if DIGEST.fullmatch(path.name))
    if not files:
        return Finding(CHECK, FINE, "there is none yet")
    read = reading.through(CHECK, files, [path.stat().st_size for path in files])
    damaged = [path for path in read if hashes.md5(path) != path.parent.name + path.name.removesuffix(FOLDER)]
    if not damaged:
        return Finding(CHECK, FINE, f"{counted(len(files), 'file')} with the content that their names say")
    told = f"{counted(len(damaged), 'file')} of {len(files)} damaged; what they held is fetched or made again"
    things = tuple(below(path, project) for path in damaged)
    return Finding(CHECK, TO_DO, told, things, f"{removal(damaged)}; {_again()}")


def outputs(project: Path) -> Finding:
    """What ``dvc.lock`` says that the stages wrote, and the cache should hold."""
    cache = place(project)
    missing, count = [], 0
    lock = project / "dvc.lock"
    if lock.is_file() and not pipeline.is_whole(lock):
        told = f"{lock} is damaged, as when DVC was killed while it wrote it"
        return Finding(OUTPUTS, TO_DO, told, fix=pipeline.RESTORE)
    for path, digest in _locked(project):
        count += 1
        if not _held(cache, digest):
            missing.append(path)
    if not missing:
        return Finding(OUTPUTS, FINE, f"the cache holds {counted(count, 'output')} of dvc.lock")
    told = f"{counted(len(missing), 'output')} of {count} in dvc.lock that the cache does not hold"
    return Finding(OUTPUTS, TO_DO, told, tuple(missing), _again())


def _again() -> str:
    """What is missing comes from a remote if there is one, or is made again."""
    return f"dvc fetch; {typed('reproduce')}"


def _held(cache: Path, digest: str) -> bool:
    """Of a folder all its files too; a list of them that is damaged is told by :func:`check`."""
    path = cache / digest[:2] / digest[2:]
    if not path.is_file():
        return False
    if not digest.endswith(FOLDER):
        return True
    try:
        inner = [str(each["md5"]) for each in json.loads(path.read_bytes())]
    except (ValueError, KeyError, TypeError):
        return True
    return all((cache / each[:2] / each[2:]).is_file() for each in inner)


def _locked(project: Path) -> Iterator[tuple[str, str]]:
    """Outputs of ``dvc.lock`` that are to be cached, with their digests."""
    try:
        locked = yaml.safe_load((project / "dvc.lock").read_text())["stages"]
        stages = yaml.safe_load((project / "dvc.yaml").read_text())["stages"]
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return
    for name, stage in locked.items():
        uncached = [_pattern(path) for path in _uncached(stages.get(name.partition("@")[0], {}))]
        for each in stage.get("outs", []):
            if "md5" in each and not any(pattern.fullmatch(each["path"]) for pattern in uncached):
                yield each["path"], each["md5"]


def _uncached(stage: dict[str, Any]) -> list[str]:
    """What git keeps."""
    stage = stage.get("do", stage)
    entries = [each for kind in ("outs", "metrics", "plots") for each in stage.get(kind, []) if isinstance(each, dict)]
    return [path for each in entries for path, options in each.items() if (options or {}).get("cache") is False]


def _pattern(path: str) -> re.Pattern[str]:
    """Of a path whose ``${...}`` stand for anything."""
    return re.compile(".+".join(map(re.escape, re.split(r"\$\{[^}]*\}", path))))
