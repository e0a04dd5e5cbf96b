"""Where the library, the project and its store lie on this machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2]  # the folder that holds the package: ``src`` of a checkout
#: What shows that a folder is a project of an installed package: a store, or problems of its own.
MARKS = ("mlruns/mlflow.db", "conf/problem")


def checkout_of(library: Path) -> Path | None:
    """The checkout that a folder with the package is part of, or None where the package is installed elsewhere."""
    root = library.parent
    return root if library.name == "src" and (root / "conf").is_dir() else None


CHECKOUT = checkout_of(LIBRARY)


def checkout() -> Path | None:
    """The checkout that the library is part of, or None where it is installed elsewhere."""
    return CHECKOUT


def code() -> list[Path]:
    """The folders whose Python files are the program: all of ``src`` in a checkout; elsewhere the package and its Hydra
    plugins, beside which other packages lie."""
    return [LIBRARY] if checkout() is not None else [LIBRARY / "logodds", LIBRARY / "hydra_plugins" / "sweep"]


def packages() -> tuple[str, ...] | None:
    """The packages in :data:`LIBRARY` that are this project's; None in a checkout: all that lie there."""
    return None if checkout() is not None else ("logodds",)


@cache
def project_root() -> Path:
    """The folder below which ``conf/``, ``data/``, ``mlruns/`` and ``out/`` lie: the checkout; or, where the library is
    installed elsewhere, the nearest folder at or above the working folder that holds one of :data:`MARKS`, and else the
    working folder itself. It stays what it was when it was first asked for."""
    own = checkout()
    if own is not None:
        return own
    here = Path.cwd()
    for folder in (here, *here.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return folder
        if folder.name == ".dvc":  # a queued experiment runs in a copy of the project: that is its project
            break
    return here


def store_root() -> Path:
    """The folder whose ``mlruns/`` is the one store: DVC's queued experiments run in a copy below ``.dvc/tmp``."""
    root = project_root()
    for folder in root.parents:
        if folder.name == ".dvc" and (folder.parent / "dvc.yaml").is_file():
            return folder.parent
    return root
