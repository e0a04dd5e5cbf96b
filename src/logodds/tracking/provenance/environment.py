"""What a run depended on: code, data, environment."""

from __future__ import annotations

import getpass
import os
import platform
import re
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("torch", "numpy", "pandas", "pyarrow", "hydra-core", "mlflow", "dvc", "scikit-learn")
LIBRARIES = {"mkl": r"Math Kernel Library Version (\S+)", "onednn": r"MKL-DNN v(\S+)"}  # as PyTorch names them
#: Variables that choose among the kernels of these libraries.
VARIABLES = ("ATEN_CPU_CAPABILITY", "MKL_CBWR", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG")


def user() -> str:
    """Who runs this; a container's user may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@cache
def packages() -> tuple[str, ...]:
    """``name==version`` of everything that can be imported. Read off the folders' names, in a hundredth of the time
    that their metadata takes."""
    folders = [folder for place in sys.path for folder in Path(place or ".").glob("*.dist-info")]
    first: dict[str, str] = {}
    for name, _, number in (folder.stem.rpartition("-") for folder in folders):
        first.setdefault(re.sub(r"[-_.]+", "-", name).lower(), number)
    return tuple(f"{name}=={number}" for name, number in sorted(first.items()))


@cache
def environment(device: str, threads: int) -> dict[str, str]:
    """Versions, machine and device: what may change a result's last bits. Of the environment's variables only
    :data:`VARIABLES` are told."""
    import torch

    found = {f"version.{name}": version(name) for name in PACKAGES}
    found |= {
        "version.python": platform.python_version(),
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "cpu.capability": torch.backends.cpu.get_cpu_capability(),
        "cpu.model": _processor(),
        "threads": str(threads),
    }
    built = torch.__config__.show()
    libraries = ((name, re.search(pattern, built)) for name, pattern in LIBRARIES.items())
    found |= {f"version.{name}": match[1] for name, match in libraries if match}
    return found | {f"env.{name}": os.environ[name] for name in VARIABLES if name in os.environ}


def _processor() -> str:
    """By its maker's name: libraries choose their code by it too."""
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    found = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()
