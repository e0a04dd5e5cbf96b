"""The environment that a run depends on: user, packages, machine and device."""

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
#: How PyTorch's build settings give the versions of the libraries with the kernels.
LIBRARIES = {"mkl": r"Math Kernel Library Version (\S+)", "onednn": r"MKL-DNN v(\S+)"}
#: Variables that choose among the kernels of these libraries.
VARIABLES = ("ATEN_CPU_CAPABILITY", "MKL_CBWR", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG")


def user() -> str:
    """Return the name of the current user; ``unknown`` if there is none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


@cache
def packages() -> tuple[str, ...]:
    """Return ``name==version`` of everything that can be imported. The names of folders are read, which takes a
    hundredth of the time that reading metadata takes."""
    folders = [folder for entry in sys.path for folder in Path(entry or ".").glob("*.dist-info")]
    first: dict[str, str] = {}
    for name, _, number in (folder.stem.rpartition("-") for folder in folders):
        first.setdefault(re.sub(r"[-_.]+", "-", name).lower(), number)
    return tuple(f"{name}=={number}" for name, number in sorted(first.items()))


@cache
def environment(device: str, threads: int) -> dict[str, str]:
    """Return versions, machine and device by name: what may change a result's last bits. Of the environment variables
    only :data:`VARIABLES` are included."""
    import torch

    facts = {f"version.{name}": version(name) for name in PACKAGES}
    facts |= {
        "version.python": platform.python_version(),
        "platform": platform.platform(),
        "device": _gpu() if device == "cuda" else "cpu",
        "cpu.capability": torch.backends.cpu.get_cpu_capability(),
        "cpu.model": _processor(),
        "threads": str(threads),
    }
    if device == "cuda":
        cudnn = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
        built_for = {"version.cuda": torch.version.cuda, "version.cudnn": cudnn}
        facts |= {name: str(number) for name, number in built_for.items() if number is not None}
    built = torch.__config__.show()
    libraries = ((name, re.search(pattern, built)) for name, pattern in LIBRARIES.items())
    facts |= {f"version.{name}": match[1] for name, match in libraries if match}
    return facts | {f"env.{name}": os.environ[name] for name in VARIABLES if name in os.environ}


def _gpu() -> str:
    """Return the name that its maker gives the GPU; ``cuda`` where a record is written of a training elsewhere."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cuda"


def _processor() -> str:
    """Return the name that its maker gives the processor: libraries choose their code by it too."""
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return platform.processor() or "unknown"
    match = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return match[1] if match else platform.machine()
