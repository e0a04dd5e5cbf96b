"""The bits of finished runs' files, against the digests among their tags and inside some files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from logodds.review.doctor import reading
from logodds.review.doctor.finding import FINE, TO_DO, Finding, below
from logodds.review.doctor.holdings import CHECKPOINTS, PACKAGE, WEIGHTS, Holdings, Kept
from logodds.review.doctor.runs import by_client
from logodds.system import seal
from logodds.system.errors import UserError, counted
from logodds.tracking.mlflow.reader import MlflowReader
from logodds.tracking.verified import DIGESTS

CHECK = "digests"
SEALED = "config.yaml.sha256"  # tag of a run from whose version on model.json is sealed
CONTAINER = "model.json"  # of the digests of the files beside it


@dataclass(frozen=True)
class Sealed:
    """A file of a run. ``digest``: its sha256; None: it holds its own."""

    run: Kept
    path: Path
    digest: str | None

    def wrong(self) -> str:
        """Empty where its bits are what they were; a file that is gone is told elsewhere."""
        try:
            return "" if self._whole() else "damaged"
        except FileNotFoundError:
            return ""
        except OSError as error:  # a disk's way to tell of damage
            return f"cannot be read ({error.strerror})"

    def _whole(self) -> bool:
        if self.path.name == CONTAINER:
            try:
                seal.check(self.path, "", "")
            except UserError:
                return False
            return True
        with self.path.open("rb") as file:
            if self.digest is None:
                head, _, body = file.read().partition(b"\n")
                return head == seal.CHECKPOINT + hashlib.sha256(body).hexdigest().encode()
            return hashlib.file_digest(file, "sha256").hexdigest() == self.digest


def check(held: Holdings, source: MlflowReader, root: Path) -> Finding:
    """Of finished runs, as far as their files are on this machine; every one of them is read."""
    files = [each for each in _files(held) if each.path.is_file()]
    read = reading.through(CHECK, files, [each.path.stat().st_size for each in files])
    wrong = [(each, told) for each in read if (told := each.wrong())]
    if not wrong:
        return Finding(CHECK, FINE, f"{counted(len(files), 'file')} of finished runs, each with the recorded bits")
    told = (
        f"{counted(len(wrong), 'file')} of {len(files)} of finished runs damaged; "
        "put copies back, or train again and take the runs off the lists"
    )
    things = tuple(f"{each.run.id} ({each.run.experiment}): {below(each.path, root)} {how}" for each, how in wrong)
    ids = list(dict.fromkeys(each.run.id for each, _ in wrong))
    return Finding(CHECK, TO_DO, told, things, by_client(source, "delete_run(run)", ids))


def _files(held: Holdings) -> Iterator[Sealed]:
    runs = held.finished()
    for run in runs.values():
        if run.folder is not None:
            for name, tag in DIGESTS.items():
                if tag in run.tags:
                    yield Sealed(run, run.folder / name, run.tags[tag])
            for name in CHECKPOINTS:
                yield Sealed(run, run.folder / name, None)
    for model in held.models:
        if model.run in runs and model.folder is not None:
            yield from _of_model(runs[model.run], model.folder / PACKAGE)


def _of_model(run: Kept, package: Path) -> Iterator[Sealed]:
    """What a damaged ``model.json`` says of the files beside it counts for nothing."""
    told: dict[str, str] = {}
    if SEALED in run.tags:
        about = Sealed(run, package / CONTAINER, None)
        yield about
        if about.path.is_file() and not about.wrong():
            told = json.loads(about.path.read_bytes())["sha256"]
    if WEIGHTS in run.tags:
        told = {**told, "weights.safetensors": run.tags[WEIGHTS]}
    for name, digest in told.items():
        yield Sealed(run, package / name, digest)
