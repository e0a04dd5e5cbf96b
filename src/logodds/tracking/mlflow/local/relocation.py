"""Update the store of a checkout that was moved or copied: it still names the files at their old paths."""

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
    Paths anywhere else are left alone, because users have chosen them.

    Args:
        root: the checkout that the store belongs to.

    Returns:
        For each experiment that was changed, by name, the other checkout.
    """
    with database.reading() as connection:
        locations = dict(connection.execute("SELECT name, artifact_location FROM experiments").fetchall())
    checkouts = {
        name: before for name, location in locations.items() if (before := _elsewhere(name, location, root)) is not None
    }
    if checkouts:
        with database.writing() as connection:
            for name in checkouts:
                old, new = locations[name], (root / "mlruns" / "artifacts" / name).as_uri()
                for table, column in LOCATIONS:
                    statement = f"""UPDATE {table} SET {column} = ?2 || substr({column}, length(?1) + 1)
                        WHERE {column} = ?1 OR substr({column}, 1, length(?1) + 1) = ?1 || '/'"""  # noqa: S608  # ours
                    connection.execute(statement, (old, new))
    return checkouts


def _elsewhere(name: str, location: str | None, root: Path) -> Path | None:
    """Return the other checkout below which an experiment's files are recorded; None if they are not in one."""
    inner = Path("mlruns") / "artifacts" / name
    folder = address.folder(location or "")
    if not (location or "").startswith("file:") or folder is None or folder.parts[-3:] != inner.parts:
        return None
    before = folder.parents[2]
    return before if before.resolve() != root.resolve() else None
