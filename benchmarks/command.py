"""A whole command: one epoch of ``src/train.py`` with its complete record, against opening and ending an empty run.

The other script does what every script that trains with PyTorch and records in MLflow has to do: import both, and open
and end one run in the same store. Also: what the command's imports cost, and what it must not import.

python benchmarks/command.py
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from checkout import copy, python
from timing import Row, Target, medians, show, size

REPETITIONS = size(7, 2)
TRAIN = ("src/train.py", "problem=iris", "train.epochs=1")
OTHER = """
import sys
import torch
import mlflow

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("iris")
with mlflow.start_run():
    pass
"""
# Runs a command, then tells which modules it has imported and how many optimisers of torch it has constructed.
PROBE = """
import json, runpy, sys

target, forbidden, sys.argv = sys.argv[1], sys.argv[2].split(","), sys.argv[2:]
sys.argv[0] = sys.argv[1]
del sys.argv[1]
sys.path.insert(0, "src")
constructed = []
if "torch" not in forbidden:
    import torch

    plain = torch.optim.Optimizer.__init__

    def counted(self, *arguments):
        constructed.append(type(self).__name__)
        plain(self, *arguments)

    torch.optim.Optimizer.__init__ = counted
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as ended:
    assert not ended.code, ended.code
found = {"imported": [name for name in forbidden if name in sys.modules], "constructed": constructed}
open(target, "w").write(json.dumps(found))
"""
# torch imports torch.optim by itself; the second that it costs is torch._dynamo, at the first optimiser constructed.
HEAVY = ("sklearn", "torch._dynamo", "torch._inductor", "sympy", "matplotlib.pyplot", "IPython")
LIGHT: tuple[tuple[str, ...], ...] = (
    ("src/compose.py", "problem=iris"),
    ("src/prepare.py", "out/iris/config.yaml"),
    ("src/split.py", "out/iris/config.yaml"),
)
SHOWN = 10


def main() -> None:
    with copy() as folder:
        store = f"sqlite:///{folder / 'mlruns' / 'mlflow.db'}"
        python(folder, TRAIN)  # makes the store
        seconds = medians(
            {"ours": lambda: run(folder, TRAIN), "theirs": lambda: run(folder, ("-c", OTHER, store))}, REPETITIONS
        )
        without = medians({"ours": lambda: run(folder, (*TRAIN, "tracking=none"))}, REPETITIONS // 2)
        imports = costs(folder)
        probe(folder, TRAIN, HEAVY)
        for command in LIGHT:
            probe(folder, command, ("torch", "mlflow", *HEAVY))
    rows = [
        Row(
            "train.py problem=iris train.epochs=1, against an empty run",
            f"{seconds['ours']:.2f} s",
            f"{seconds['theirs']:.2f} s",
            seconds["ours"] / seconds["theirs"],
            Target(1.5, at_least=False),
        ),
        Row("  … with tracking=none", f"{without['ours']:.2f} s"),
        *(Row(f"  importing {name}", f"{cost:.2f} s") for name, cost in imports),
    ]
    show("From start to prompt", rows)
    print(f"train.py imports none of {', '.join(HEAVY)}, and constructs no optimiser of torch.optim")
    print("compose.py, prepare.py and split.py import neither these nor torch nor mlflow")


def run(folder: Path, arguments: Sequence[str]) -> None:
    python(folder, arguments)


def costs(folder: Path) -> list[tuple[str, float]]:
    """Seconds by top-level package of what the command imports, costliest first; a package counts its own modules."""
    code = (
        "import subprocess, sys; "
        "print(subprocess.run([sys.executable, '-X', 'importtime', *sys.argv[1:]], "
        "capture_output=True, text=True, check=True).stderr)"
    )
    seconds: Counter[str] = Counter()
    for own, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\w+)", python(folder, ("-c", code, *TRAIN))):
        seconds[name] += int(own)
    return [(name, total / 1e6) for name, total in seconds.most_common(SHOWN)]


def probe(folder: Path, command: Sequence[str], forbidden: Sequence[str]) -> None:
    """Raises:
    AssertionError: the command has imported one of ``forbidden``, or constructed an optimiser of torch.
    """
    target = folder.parent / "probe.json"
    python(folder, ("-c", PROBE, str(target), ",".join(forbidden), *command))
    found = json.loads(target.read_text())
    assert found == {"imported": [], "constructed": []}, f"{' '.join(command)}: {found}"


if __name__ == "__main__":
    main()
