"""Check for deleted runs, whose files exist until ``mlflow gc`` removes them."""

from __future__ import annotations

import shlex
from pathlib import Path

from logodds.review.doctor import proof
from logodds.review.doctor.finding import FINE, TO_DO, Finding, room, size
from logodds.review.doctor.holdings import Holdings
from logodds.system.errors import counted

CHECK = "deleted"


def check(held: Holdings, uri: str, root: Path | None) -> Finding:
    """Check for deleted runs.

    ``mlflow gc`` removes the folders that the store names, wherever they are, and besides the runs that it is given all
    deleted models. It is advised only if every one of these folders lies in the store's own folder, under the run's or
    the model's id.

    Args:
        held: runs and models of the store.
        uri: the store's address.
        root: the folder whose ``mlruns/`` is the store; None if its database lies elsewhere, so that the files may also
            belong to another store.
    """
    runs = [run for run in held.runs.values() if run.deleted]
    if not runs:
        return Finding(CHECK, FINE, "no deleted run")
    models = {model.run: model.folder for model in held.models}
    sizes = []
    for run in runs:
        places = (run.folder, models.get(run.id))
        sizes.append(size([path for path in places if path is not None and path.is_dir()]))
    items = [f"{run.id} ({run.experiment})  {room(count)}" for run, count in zip(runs, sizes, strict=True)]
    message = f"{counted(len(runs), 'run')} deleted, {room(sum(sizes))}"
    removed = [(run.id, run.folder, run.location) for run in runs]
    removed += [(model.id, model.folder, model.location) for model in held.models if model.deleted]
    astray = [location for name, folder, location in removed if root is None or not _own(name, folder, root)]
    if astray:
        reason = f"their files in {astray[0]}{f' and {len(astray) - 1} more' if len(astray) > 1 else ''}"
        return Finding(CHECK, FINE, f"{message}; {reason} may belong to others, so nothing is advised", tuple(items))
    command = ["mlflow", "gc", "--backend-store-uri", uri, "--tracking-uri", uri]
    command += ["--run-ids", ",".join(run.id for run in runs)]
    return Finding(
        CHECK, TO_DO, f"{message}; if none is to come back, free the room", tuple(items), shlex.join(command)
    )


def _own(name: str, folder: Path | None, root: Path) -> bool:
    """Whether the folder of a run or a model is the store's: below ``mlruns/artifacts/``, with the id in its path."""
    if folder is None or (proof.RUN.fullmatch(name) or proof.MODEL.fullmatch(name)) is None:
        return False
    return (
        folder.parent.name == name
        and proof.inside(folder, root / "mlruns" / "artifacts")
        and proof.inside(folder, root)
    )
