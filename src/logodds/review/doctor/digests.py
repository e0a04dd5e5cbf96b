"""Check the files of finished runs against the digests in the runs' tags, or in the files themselves."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from logodds.review.doctor import reading
from logodds.review.doctor.finding import FINE, TO_DO, Finding, below
from logodds.review.doctor.holdings import CHECKPOINTS, PACKAGE, WEIGHTS, Holdings, Kept
from logodds.review.doctor.runs import by_client
from logodds.system import checksum
from logodds.system.errors import UserError, counted
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.verified import DIGESTS

CHECK = "digests"
SEALED = "config.yaml.sha256"  # tag of runs whose version seals model.json; older ones do not have it
CONTAINER = "model.json"  # the file of a model that holds digests of the files beside it


@dataclass(frozen=True)
class Sealed:
    """A file of a run with a recorded digest.

    Attributes:
        run: the run.
        folder: the folder of the run or of its model.
        name: the file's path below it.
        digest: sha256 that the file should have; None: the file holds its own digest.
    """

    run: Kept
    folder: Path
    name: str
    digest: str | None

    @property
    def path(self) -> str:
        """The file, as a text: there may be many, and a ``Path`` for each would cost more than to read it."""
        return f"{self.folder}{os.sep}{self.name}"

    @cached_property
    def wrong(self) -> str:
        """What is wrong with the file, an empty text where it is intact.

        A missing file counts as intact, since :func:`holdings.check` reports it.
        """
        try:
            return "" if self._whole() else "damaged"
        except FileNotFoundError:
            return ""
        except OSError as error:  # what a damaged disk raises
            return f"cannot be read ({error.strerror})"

    def _whole(self) -> bool:
        if self.name == CONTAINER:
            try:
                checksum.check(Path(self.path), "", "")
            except UserError:
                return False
            return True
        with open(self.path, "rb", buffering=0) as file:  # noqa: PTH123
            head, begin = b"", file.read(checksum.CHUNK)
            if self.digest is None:
                head, _, begin = begin.partition(b"\n")
            digest = hashlib.sha256(begin)
            for chunk in iter(lambda: file.read(checksum.CHUNK), b""):
                digest.update(chunk)
        found = digest.hexdigest()
        return head == checksum.CHECKPOINT + found.encode() if self.digest is None else found == self.digest


def check(held: Holdings, source: MlflowReader, root: Path) -> Finding:
    """Check the files of finished runs, as far as they are on this machine.

    Args:
        source: names the store in the suggested command.
        root: folder to which shown paths are relative.
    """
    found = [(file, size) for file in _files(held) if (size := _size(file.path)) is not None]
    files = [file for file, _ in found]
    read = reading.through(CHECK, files, [size for _, size in found])
    wrong = [(file, message) for file in read if (message := file.wrong)]
    if not wrong:
        return Finding(CHECK, FINE, f"{counted(len(files), 'file')} of finished runs, each with the recorded bits")
    message = (
        f"{counted(len(wrong), 'file')} of {len(files)} of finished runs damaged; "
        "put copies back, or train again and take the runs off the lists"
    )
    items = tuple(
        f"{file.run.id} ({file.run.experiment}): {below(Path(file.path), root)} {damage}" for file, damage in wrong
    )
    ids = list(dict.fromkeys(file.run.id for file, _ in wrong))
    return Finding(CHECK, TO_DO, message, items, by_client(source, "delete_run(run)", ids))


def _size(path: str) -> int | None:
    """Return the bytes of a file; None if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):  # as for Path.is_file
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _files(held: Holdings) -> Iterator[Sealed]:
    runs = held.finished()
    for run in runs.values():
        if run.folder is not None:
            for name, tag in DIGESTS.items():
                if tag in run.tags:
                    yield Sealed(run, run.folder, name, run.tags[tag])
            for name in CHECKPOINTS:
                yield Sealed(run, run.folder, name, None)
    for model in held.models:
        if model.run in runs and model.folder is not None:
            yield from _of_model(runs[model.run], model.folder / PACKAGE)


def _of_model(run: Kept, package: Path) -> Iterator[Sealed]:
    """Yield the files of a run's model. Digests in a ``model.json`` that is itself damaged are not used."""
    digests: dict[str, str] = {}
    if SEALED in run.tags:
        description = Sealed(run, package, CONTAINER, None)
        yield description
        if _size(description.path) is not None and not description.wrong:
            digests = json.loads((package / CONTAINER).read_bytes())["sha256"]
    if WEIGHTS in run.tags:
        digests = {**digests, "weights.safetensors": run.tags[WEIGHTS]}
    for name, digest in digests.items():
        yield Sealed(run, package, name, digest)
