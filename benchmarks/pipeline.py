"""The pipeline: all problems from nothing, and again with nothing to do.

From nothing: no outputs, no cache, no records; the environment and ``data/`` are there. With nothing to do: against
DVC's own time for a repository of as many stages that copy one small file each.

python benchmarks/pipeline.py
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import yaml
from checkout import copy, python
from timing import Row, Target, medians, show, size

REPETITIONS = size(3)
NOTHING_TO_DO = size(7)
REPRO = ("-m", "dvc", "repro")


def main() -> None:
    with copy() as folder, tempfile.TemporaryDirectory() as name:
        whole = median(from_nothing(folder) for _ in range(REPETITIONS))
        count = len(yaml.safe_load((folder / "dvc.lock").read_text())["stages"])
        plain = Path(name)
        write_plain(plain, count)
        seconds = medians(
            {"ours": lambda: nothing_to_do(folder), "theirs": lambda: nothing_to_do(plain)}, NOTHING_TO_DO
        )
    rows = [
        Row(f"dvc repro, {count} stages from nothing", f"{whole:.1f} s", "60 s", whole / 60.0, Target(1.0, False)),
        Row(
            f"dvc repro, {count} stages, nothing to do",
            f"{seconds['ours']:.2f} s",
            f"{seconds['theirs']:.2f} s",
            seconds["ours"] / seconds["theirs"],
            Target(2.0, at_least=False),
        ),
    ]
    show("Pipeline (the first row's other side is its target)", rows)


def from_nothing(folder: Path) -> float:
    """Seconds of ``dvc repro`` after every trace of the last one is removed."""
    for place in ("out", ".dvc/cache", ".dvc/tmp", "mlruns/artifacts"):
        shutil.rmtree(folder / place, ignore_errors=True)
    for database in (folder / "mlruns").glob("mlflow.db*"):
        database.unlink()
    started = perf_counter()
    python(folder, REPRO)
    return perf_counter() - started


def nothing_to_do(folder: Path) -> None:
    """Raises:
    AssertionError: a stage ran.
    """
    told = python(folder, REPRO)
    assert "up to date" in told, told
    assert "Running stage" not in told, told


def write_plain(folder: Path, count: int) -> None:
    """A repository of ``count`` stages that copy one small file each, run once."""
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    python(folder, ("-m", "dvc", "init", "--quiet"))
    shutil.copyfile(Path(__file__).resolve().parents[1] / ".dvc" / "config", folder / ".dvc" / "config")
    stages = {}
    for index in range(count):
        (folder / f"in{index}").write_text(f"{index}\n")
        stages[f"stage{index}"] = {
            "cmd": f"cp in{index} out{index}",
            "deps": [f"in{index}"],
            "outs": [f"out{index}"],
        }
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    python(folder, REPRO)


if __name__ == "__main__":
    main()
