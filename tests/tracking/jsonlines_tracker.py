"""A second tracker, as another package would add it: each run is a folder with its events, a JSON object a line."""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from logodds.options.rules import choice
from logodds.system.errors import UserError
from logodds.system.process import OWNER
from logodds.tracking.naming import Naming
from logodds.tracking.pages import Charts, Pages
from logodds.tracking.reader import Reader
from logodds.tracking.recorded import Experiment, Histories, Recorded
from logodds.tracking.store import Store
from logodds.tracking.tracker import Tracker
from logodds.tracking.writer import ModelSchema, Pending, Writer

FOLDER, EVENTS = "JSONLINES_FOLDER", "events.jsonl"


@final
@dataclass(kw_only=True)
class JsonLines(Tracker):
    """Records in files below ``JSONLINES_FOLDER``, or ``mlruns/jsonlines/``."""

    name: str = choice("jsonlines")

    def connect(self, root: Path, problem: str) -> Store:
        return self.store(root, problem)

    @classmethod
    def store(cls, root: Path, problem: str) -> Store:
        folder = _folder(root)
        (folder / problem).mkdir(parents=True, exist_ok=True)
        return Store(problem, Lines(folder), Appending(folder / problem), folder)

    @classmethod
    def reader(cls, root: Path) -> Reader:
        if not _folder(root).is_dir():
            raise UserError(f"{_folder(root)}: nothing has been trained yet")
        return Lines(_folder(root))

    def environment(self, root: Path) -> dict[str, str]:
        return {FOLDER: str(_folder(root))}

    def unreachable(self) -> str:
        return "other machines do not reach the files of this one"


def _folder(root: Path) -> Path:
    return Path(os.environ.get(FOLDER) or root / "mlruns" / "jsonlines")


@final
class Folders(Pages):
    """A run's page is its folder."""

    name, hint = "files", ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, experiment: str, run_id: str) -> str:
        return (self._folder / experiment / run_id).as_uri()

    def compare(self, experiment: str, runs: Sequence[str]) -> None:
        return None

    def charts(self, experiment: str, parent: str) -> None:
        return None


@final
class Appending(Writer):
    """Appends events to the runs of an experiment's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self, namings: Sequence[Naming]) -> list[str]:
        ids = [uuid.uuid4().hex for _ in namings]
        for run_id, each in zip(ids, namings, strict=True):
            (self._folder / run_id).mkdir()
            opened = {"name": each.name, "parent": each.parent, "colour": each.colour, "started": time.time_ns()}
            self._append(run_id, {**opened, "tags": dict(each.tags), "status": "RUNNING"})
        return ids

    def write(self, batch: Mapping[str, Pending]) -> None:
        for run_id, each in batch.items():
            self._append(run_id, {key: value for key, value in asdict(each).items() if value})

    def kill(self, owners: Mapping[str, str]) -> None:
        reader = Lines(self._folder.parent)
        for run_id, owner in owners.items():
            run = reader.run(run_id)
            if run is not None and run.status == "RUNNING" and run.tags.get(OWNER) == owner:
                self._append(run_id, {"status": "KILLED"})

    def files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        for path, data in files.items():
            target = self._place(run_id) / "artifacts" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)

    def model(self, run_id: str, schema: ModelSchema, package: Path) -> None:
        shutil.copytree(package, self._place(run_id) / "model", dirs_exist_ok=True)

    def remove(self, run_id: str) -> None:
        shutil.rmtree(self._place(run_id))

    def charts(self, charts: Charts) -> None:
        self._append(charts.parent, {"charts": asdict(charts)})

    def _append(self, run_id: str, event: Mapping[str, Any]) -> None:
        with (self._place(run_id) / EVENTS).open("a") as file:
            file.write(json.dumps(event) + "\n")

    def _place(self, run_id: str) -> Path:
        """Of a run of any experiment."""
        return next(self._folder.parent.glob(f"*/{run_id}"))


@final
class Lines(Reader):
    """Reads all events of the runs below a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.shown, self.pages = str(folder), Folders(folder)

    def experiments(self) -> list[Experiment]:
        places = sorted(self._folder.glob("*/"))
        return [Experiment(place.name, place.name, place.as_uri(), active=True) for place in places]

    def experiment(self, name: str) -> Experiment | None:
        return next((each for each in self.experiments() if each.name == name), None)

    def run(self, run_id: str) -> Recorded | None:
        return next(iter(self._runs("*", run_id)), None)

    def by_id(self, beginning: str) -> list[Recorded]:
        return [each for each in self._runs() if each.id.startswith(beginning)]

    def by_tag(self, tag: str, beginning: str) -> list[Recorded]:
        return [each for each in self._runs() if tag in each.tags and each.tags[tag].startswith(beginning)]

    def of_experiment(self, experiment: str, tags: Mapping[str, str]) -> list[Recorded]:
        return [each for each in self._runs(experiment) if tags.items() <= each.tags.items()]

    def other(self, experiment: str, param: str, value: str) -> str | None:
        values = [each.params[param] for each in self._runs(experiment) if each.params.get(param, value) != value]
        return values[-1] if values else None

    def children(self, experiment: str, run_id: str) -> list[Recorded]:
        return [each for each in self._runs(experiment) if each.parent == run_id]

    def running(self) -> list[Recorded]:
        return [each for each in self._runs() if each.status == "RUNNING"]

    def histories(self, ids: Sequence[str], names: Sequence[str]) -> Histories:
        return {run_id: self._history(run_id, names) for run_id in ids}

    def _history(self, run_id: str, names: Sequence[str]) -> dict[str, tuple[Any, Any]]:
        points: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for event in self._events(next(self._folder.glob(f"*/{run_id}"))):
            for name, value, _, epoch in event.get("points", []):
                points[name].append((epoch, value))
        known = {name: np.array(sorted(points[name])) for name in names if name in points}
        return {name: (each[:, 0].astype(int), each[:, 1]) for name, each in known.items()}

    def artifact(self, run_id: str, path: str) -> bytes | None:
        found = next(self._folder.glob(f"*/{run_id}/artifacts/{path}"), None)
        return None if found is None else found.read_bytes()

    def package(self, run_id: str, folder: Path) -> Path | None:
        return next(self._folder.glob(f"*/{run_id}/model"), None)

    def _runs(self, experiment: str = "*", run_id: str = "*") -> list[Recorded]:
        places = list(self._folder.glob(f"{experiment}/{run_id}/"))
        return [self._recorded(place) for place in sorted(places, key=lambda each: self._events(each)[0]["started"])]

    def _events(self, place: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (place / EVENTS).read_text().splitlines()]

    def _recorded(self, place: Path) -> Recorded:
        first, *_ = events = self._events(place)
        found = Recorded(place.name, first["name"], "", place.parent.name, {}, {}, {}, first["parent"])
        status = ""
        for event in events:
            found.params.update(event.get("params", {}))
            found.tags.update(event.get("tags", {}))
            found.figures.update({name: value for name, value, _, _ in event.get("points", [])})
            status = event.get("status", status)
        return Recorded(**{**vars(found), "status": status})
