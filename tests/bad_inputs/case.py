"""What one bad input is: what is wrong in a project, the command that meets it, and the line that it ends with."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from logodds.system import checksum


class Closing(Protocol):
    """What is held until the command has ended, such as a lock."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Project:
    """A project with the toy problem's outputs and store. ``run``: the id of a run outside the pipeline; ``stage``:
    that of the train stage."""

    root: Path
    run: str
    stage: str

    @property
    def database(self) -> Path:
        return self.root / "mlruns" / "mlflow.db"

    def execute(self, *statements: str) -> None:
        """SQL in the store's database, whose placeholders :meth:`filled` fills."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            for statement in statements:
                connection.execute(self.filled(statement))

    def records(self) -> str | None:
        """Experiments and runs of the store; None where it cannot be read."""
        if not self.database.is_file():
            return None
        try:
            with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=0)) as connection:
                return repr(
                    [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("experiments", "runs")]
                )
        except sqlite3.Error:
            return None

    def filled(self, text: str) -> str:
        """With this project's ids and folder in the place of ``{run}``, ``{stage}`` and ``{root}``."""
        for name, value in (("run", self.run), ("stage", self.stage), ("root", str(self.root))):
            text = text.replace(f"{{{name}}}", value)
        return text

    def artifacts(self, run: str) -> Path:
        """The folder of a run's files."""
        return self.root / "mlruns" / "artifacts" / "toy" / run / "artifacts"


Given = Callable[[Project], Closing | None]


@dataclass(frozen=True)
class Case:
    """``command``: as typed, without ``python src/``; ``told``: the line on stderr without ``error: ``, where ``***``
    is any text; ``given``: what is wrong beforehand. Both texts may hold what :meth:`Project.filled` fills."""

    name: str
    command: str
    told: str
    given: tuple[Given, ...] = ()
    code: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)
    without_gpu: bool = False


def wrote(path: str, content: str | bytes) -> Given:
    """A file with a text or with bytes."""

    def given(project: Project) -> None:
        place = project.root / project.filled(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())

    return given


def replaced(path: str, old: str, new: str) -> Given:
    """A text file with another text in some place."""

    def given(project: Project) -> None:
        place = project.root / project.filled(path)
        text = place.read_text()
        assert old in text
        place.write_text(text.replace(old, new))

    return given


def removed(path: str) -> Given:
    def given(project: Project) -> None:
        (project.root / project.filled(path)).unlink()

    return given


def cut(path: str, size: int) -> Given:
    """A file's first bytes; of a negative ``size`` all but its last ones."""

    def given(project: Project) -> None:
        place = project.root / path
        place.write_bytes(place.read_bytes()[:size])

    return given


def flipped(path: str, at: int = -1) -> Given:
    """A file with one bit changed."""

    def given(project: Project) -> None:
        place = project.root / path
        data = bytearray(place.read_bytes())
        data[at] ^= 1
        place.write_bytes(data)

    return given


def stored(*statements: str) -> Given:
    """A store that something else has changed."""
    return lambda project: project.execute(*statements)


def resealed(data: bytes) -> bytes:
    """A sealed file that was changed, with the seal that it would have."""
    return checksum.filled(re.sub(re.escape(checksum.MARK) + b"[0-9a-f]{64}", checksum.BLANK, data))


def repackaged(path: str, change: Callable[[Path], None]) -> Given:
    """A package whose digests are right again after a change, as of one who means it."""

    def given(project: Project) -> None:
        folder = project.root / path
        change(folder)
        about = json.loads((folder / "model.json").read_text())
        about["sha256"] = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in about["sha256"]}
        (folder / "model.json").write_bytes(resealed(json.dumps(about).encode()))

    return given
