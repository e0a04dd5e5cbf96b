"""A checkout that was moved or copied: its store still names the files at their old paths."""

from __future__ import annotations

from pathlib import Path

from logodds.tracking.mlflow import address
from logodds.tracking.mlflow.local.database import Database

LOCATIONS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)


def follow(database: Database, root: Path) -> dict[str, Path]:
    """Change recorded paths below ``mlruns/artifacts/`` of another checkout to those of this one, in one transaction.
    Paths anywhere else are left alone: people have chosen them.

    Args:
        root: the checkout that the store belongs to.

    Returns:
        The other checkout by the name of each experiment that was changed.
    """
    with database.reading() as connection:
        places = dict(connection.execute("SELECT name, artifact_location FROM experiments").fetchall())
    found = {name: before for name, place in places.items() if (before := _elsewhere(name, place, root)) is not None}
    if found:
        with database.writing() as connection:
            for name in found:
                old, new = places[name], (root / "mlruns" / "artifacts" / name).as_uri()
                for table, column in LOCATIONS:
                    moved = f"""UPDATE {table} SET {column} = ?2 || substr({column}, length(?1) + 1)
                        WHERE {column} = ?1 OR substr({column}, 1, length(?1) + 1) = ?1 || '/'"""  # noqa: S608  # ours
                    connection.execute(moved, (old, new))
    return found


def _elsewhere(name: str, place: str | None, root: Path) -> Path | None:
    """The other checkout below which an experiment's files are recorded, None where they are not in one."""
    inner = Path("mlruns") / "artifacts" / name
    folder = address.folder(place or "")
    if not (place or "").startswith("file:") or folder is None or folder.parts[-3:] != inner.parts:
        return None
    before = folder.parents[2]
    return before if before.resolve() != root.resolve() else None
