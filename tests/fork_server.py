"""A Python that has imported the packages that commands need, and forks a process for each command: one second instead
of five for the start of a command. The command's own modules are imported in its process, from its own folder; exit
codes, outputs and signals are those of a process.

python tests/fork_server.py DESCRIPTOR: takes orders from a socket until its other end is closed.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import multiprocessing.process
import os
import select
import signal
import socket
import sys
import threading
import types
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

LONGEST = 1 << 17  # bytes of an order
ANSWER = 4  # bytes of a process's id, which is told first, and of its exit code
SEARCHED = "PYTHONPATH"  # read by the interpreter itself, and put before its other folders here
# What is read when a package is imported, or by the interpreter itself: such a command gets a new interpreter.
READ_AT_START = (
    "PYTHON",
    "OMP_",
    "MKL_",
    "OPENBLAS_",
    "ATEN_",
    "KMP_",
    "CUDA_",
    "CUBLAS_",
    "LD_",
    "MPL",
    "LOGODDS_FRESH",
)
CLIENT = "logodds.tracking.mlflow.server.client"  # imports MLflow with the settings that it has in commands
PACKAGES = (
    "torch",
    "torch.nn.functional",
    "pandas",
    "pyarrow.compute",
    "pyarrow.csv",
    "pyarrow.ipc",
    "hydra.main",
    "hydra.core.utils",
    "hydra.core.plugins",
    "hydra._internal.config_loader_impl",
    "hydra._internal.hydra",
    "hydra._internal.utils",
    "hydra.plugins.launcher",
    "hydra.plugins.sweeper",
    "rich.console",
    "rich.table",
    "rich.progress",
    "safetensors.numpy",
    "safetensors.torch",
    "yaml",
    "scipy.special",
    "scipy.stats",
    "sklearn.metrics",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.pyfunc",
    "optuna",
)


def forkable(arguments: tuple[str, ...], changes: dict[str, str]) -> bool:
    """Whether a process that was forked does the same as one that was started: it runs a script, and no variable is
    changed that is read at the start."""
    return arguments[0].endswith(".py") and not any(
        name.startswith(READ_AT_START) for name in changes if name != SEARCHED
    )


def serve(orders: socket.socket) -> tuple[types.CodeType, dict[str, Any]]:
    """Fork for each order, and write each one's exit code where it asks; returns in the forked processes, with what
    they are to execute."""
    running: dict[int, tuple[int, int]] = {}  # descriptor of a process -> its id, where its exit code goes
    while True:
        readable, _, _ = select.select([orders, *running], [], [])
        for descriptor in (each for each in readable if isinstance(each, int)):
            child, code = running.pop(descriptor)
            tell(code, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            os.close(code)
            os.close(descriptor)
        if orders not in readable:
            continue
        order, descriptors, _, _ = socket.recv_fds(orders, LONGEST, 4)
        if not order:
            sys.exit(0)
        child = os.fork()
        if child == 0:
            orders.close()
            for descriptor in [*running, *(code for _, code in running.values()), descriptors[3]]:
                os.close(descriptor)
            return become(json.loads(order), descriptors[:3])
        tell(descriptors[3], child)
        running[os.pidfd_open(child)] = (child, descriptors[3])
        for descriptor in descriptors[:3]:
            os.close(descriptor)


def tell(descriptor: int, number: int) -> None:
    with suppress(BrokenPipeError):  # nobody waits any more
        os.write(descriptor, number.to_bytes(ANSWER, "little", signed=True))


def become(order: dict[str, Any], standard: list[int]) -> tuple[types.CodeType, dict[str, Any]]:
    """Make this process what ``python ARGUMENTS`` in a folder would be; what it then executes."""
    if order["session"]:
        os.setsid()
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
        os.close(descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.modules["numpy"].random.seed()
    script = Path(order["arguments"][0]).absolute()
    sys.argv[:] = order["arguments"]
    sys.orig_argv[:] = [sys.executable, *order["arguments"]]
    searched = order["environment"].get(SEARCHED)
    sys.path[:1] = [str(script.parent.resolve()), *(searched.split(os.pathsep) if searched else ())]
    multiprocessing.process.ORIGINAL_DIR = order["folder"]
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=str(script), __builtins__=__builtins__)
    sys.modules["__main__"] = module
    return compile(script.read_bytes(), str(script), "exec"), module.__dict__


def execute(code: types.CodeType, namespace: dict[str, Any]) -> None:
    """Execute a script, and end as the interpreter does, but for taking apart all that was imported: each object that
    is touched for it has its page copied, which takes half a second."""
    status = 0
    try:
        exec(code, namespace)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        status = ended.code or 0
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status & 0xFF)


def load() -> None:
    """Import the packages: MLflow with the settings that it has in commands, and nothing of this project stays."""
    sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "src"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (CLIENT, *PACKAGES):
            importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "logodds"]:
        del sys.modules[name]
    del sys.path[1]
    gc.collect()
    gc.freeze()  # a collection would copy their pages in every process


if __name__ == "__main__":
    load()
    execute(*serve(socket.socket(fileno=int(sys.argv[1]))))
