"""Run DVC's pipeline: check that the data is the pinned version, and report outputs that differ from the committed
ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from logodds.options import configfile
from logodds.options.suggestion import nearest
from logodds.system import locations
from logodds.system.errors import JobError, UserError
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed

STAGES = ("compose", "prepare", "split", "train", "evaluate")  # each runs src/STAGE.py
DEVICES = ("auto", "cpu", "cuda")
RESTORE = "git restore dvc.lock"


def reproduce(problem: str | None) -> int:
    """Run the stages of one problem, or of all with None, on the data that ``data.dvc`` pins.

    Returns:
        The exit status 0.

    Raises:
        UserError: there is no such problem or device, no git repository, ``data/`` differs from ``data.dvc``, or
            ``dvc.lock`` is damaged.
        JobError: a stage failed; DVC has shown its message.
    """
    root = locations.project_root()
    if not (root / "dvc.yaml").is_file():
        raise UserError(f"{root}: has no dvc.yaml, so no pipeline to run; work in a checkout of the project")
    problems = yaml.safe_load((root / "dvc.yaml").read_text())["vars"][0]["problems"]
    if problem is not None and problem not in problems:
        raise UserError(f"PROBLEM={problem}: not in the pipeline; {nearest(problem, problems)}")
    chosen = problems if problem is None else [problem]
    device = os.environ.get("LOGODDS_DEVICE", "auto")
    if device not in DEVICES:
        raise UserError(f"DEVICE={device}: must be one of {', '.join(DEVICES)}")
    if device == "cuda":
        from logodds.engine.device import chosen_device

        chosen_device(device)
    _refuse_without_git(root)
    check_data(root)
    lock = root / "dvc.lock"
    if lock.is_file() and not is_whole(lock):  # DVC overwrites the file in place
        raise UserError(f"dvc.lock: damaged, as when DVC was killed while it wrote it; {RESTORE}")
    before = _lock(lock.read_text()) if lock.is_file() else {}
    # DVC does not track environment variables, so what was composed for another device is composed again here.
    stale = [name for name in chosen if _device(root / "out" / name / "config.yaml") not in (None, device)]
    if stale:
        _dvc("repro", "--force", "--single-item", *(f"compose@{name}" for name in stale))
    _dvc("repro", *(f"evaluate@{name}" for name in chosen))
    differing = differences(before, _lock(lock.read_text()))
    for line in differing or ["no output differs from dvc.lock with the same inputs"]:
        print(line)
    document.add(problems=chosen, differing=differing, files=[root / "out" / name for name in chosen])
    return 0


def _refuse_without_git(root: Path) -> None:
    """Raise an error for a folder that was unpacked from an archive, unless DVC is set to do without git."""
    settings = [root / ".dvc" / name for name in ("config", "config.local")]
    if any("no_scm" in path.read_text(errors="replace") for path in settings if path.is_file()):
        return
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        raise UserError(
            f"{root}: is in no git repository, which DVC needs; type `git init`, and commit the files so that "
            "the record can name the code of each run"
        )


def check_data(root: Path) -> None:
    """Fetch ``data/`` if it is missing, and refuse it if it differs from what ``data.dvc`` pins. Otherwise ``dvc
    repro`` would pin the changed data.

    Raises:
        UserError: the data differs.
    """
    if not (root / "data").is_dir():
        from logodds.data.sources.downloads import shipped

        shipped.write(root / "data")
    status = json.loads(_dvc("status", "data.dvc", "--json", capture=True))
    changed = [entry for entry in status.get("data.dvc", []) if isinstance(entry, dict)]
    states = {name: state for entry in changed for name, state in entry.get("changed outs", {}).items()}
    # "not in cache": the data is right, but the cache is empty, as in a new clone.
    if any(state != "not in cache" for state in states.values()):
        raise UserError(
            f"data/: {', '.join(sorted(set(states.values())))} against data.dvc; restore it with `{typed('fetch')}`, "
            "or pin what is there with `dvc add data`"
        )


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line for each output whose bytes changed although command, sources, inputs and parameters did not. The
    cause is rounding on another machine. An output listed earlier does not count as a changed input.

    Args:
        before, after: the ``stages`` of two versions of ``dvc.lock``.
    """
    moved: set[str] = set()
    lines: list[str] = []
    for name in sorted(
        after, key=lambda stage: ("code", "compose", "sources", *STAGES[1:]).index(stage.partition("@")[0])
    ):
        old, new = before.get(name), after[name]
        if old is None:
            continue
        inputs = [_digests(entry.get("deps", []), moved) for entry in (old, new)]
        if inputs[0] != inputs[1] or old.get("params") != new.get("params") or old["cmd"] != new["cmd"]:
            continue
        was, now = (_digests(entry.get("outs", []), set()) for entry in (old, new))
        for path in now:
            if was.get(path) != now[path]:
                moved.add(path)
                reason = "another CPU or library version rounds differently"
                lines.append(f"differs from dvc.lock with the same inputs: {path} ({reason})")
    return lines


def _digests(entries: list[dict[str, Any]], left_out: set[str]) -> dict[str, str]:
    return {entry["path"]: entry["md5"] for entry in entries if entry["path"] not in left_out}


def is_whole(lock: Path) -> bool:
    """Whether a ``dvc.lock`` is complete, as DVC writes it. A file that was cut off right after an entry is not
    recognised."""
    try:
        text = lock.read_text()
        stages = yaml.safe_load(text)["stages"]
        outs = [out for stage in stages.values() for out in stage["outs"]]
        return text.endswith("\n") and all(out.keys() >= {"path", "md5", "size"} for out in outs)
    except (KeyError, TypeError, AttributeError, ValueError, yaml.YAMLError):
        return False


def _lock(text: str) -> dict[str, Any]:
    stages: dict[str, Any] = yaml.safe_load(text)["stages"]
    return stages


def _device(path: Path) -> str | None:
    return str(configfile.load(path).train.device) if path.is_file() else None


def _dvc(*arguments: str, capture: bool = False) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=locations.project_root(),
        stdout=subprocess.PIPE if capture else None,
        text=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )
    if done.returncode != 0:
        raise JobError(f"dvc {' '.join(arguments)} failed with exit code {done.returncode}; its message stands above")
    return done.stdout or ""
