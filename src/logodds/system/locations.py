"""The folders of the library, the project and its store on this machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2]  # the folder that holds the package: ``src`` of a checkout
#: A folder with one of these is a project, if the package is installed elsewhere: a store, or problems of its own.
MARKS = ("mlruns/mlflow.db", "conf/problem")


def checkout_of(library: Path) -> Path | None:
    """Return the checkout that contains the package, or None if the package is installed outside a checkout.

    Args:
        library: the folder that holds the package.
    """
    root = library.parent
    return root if library.name == "src" and (root / "conf").is_dir() else None


CHECKOUT = checkout_of(LIBRARY)


def checkout() -> Path | None:
    """Return the checkout that contains the library, or None if it is installed outside a checkout."""
    return CHECKOUT


def code() -> list[Path]:
    """Return the folders whose Python files are the program.

    In a checkout that is all of ``src``; else it is the package and its Hydra plugins, since other packages are
    installed beside them.
    """
    return [LIBRARY] if checkout() is not None else [LIBRARY / "logodds", LIBRARY / "hydra_plugins" / "sweep"]


def packages() -> tuple[str, ...] | None:
    """Return the packages in :data:`LIBRARY` that belong to this project; None in a checkout, where all of them do."""
    return None if checkout() is not None else ("logodds",)


@cache
def project_root() -> Path:
    """Return the folder that contains ``conf/``, ``data/``, ``mlruns/`` and ``out/``.

    It is the checkout, if the library is in one. Otherwise it is the working folder or the nearest folder above it that
    holds one of :data:`MARKS`; if there is none, the working folder. The first result is kept for the whole process.
    """
    own = checkout()
    if own is not None:
        return own
    here = Path.cwd()
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return folder
        if folder.name == ".dvc":  # an experiment queued by DVC runs in a copy, which is its project
            break
    return here


def store_root() -> Path:
    """Return the folder whose ``mlruns/`` is the store.

    It is the project, except for experiments that DVC has queued: these run in a copy below ``.dvc/tmp`` and use the
    store of the original.
    """
    root = project_root()
    for folder in root.parents:
        if folder.name == ".dvc" and (folder.parent / "dvc.yaml").is_file():
            return folder.parent
    return root
