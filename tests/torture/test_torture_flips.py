"""A bit that changes, or an end that is lost, in any file that a later command reads: it is named before anything is
made of the file, in one line. (Not config.yaml below out/: a text in git that a person may edit.) make torture tries
more of them."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from torture import record
from torture.driver import Driver
from torture.project import CONFIG, EVALUATE, LONG, TRAIN, Workshop, copied

pytestmark = pytest.mark.long

FLIPS, CUTS = (1000, 100) if LONG else (100, 20)
SPLIT, BY_RUN, REPLAY = f"split {CONFIG}", "evaluate run={run}", "replay run={run}"
RECORD = "mlruns/artifacts/iris/{run}/artifacts"
PACKAGE = "mlruns/artifacts/iris/models/m-{run}/artifacts/artifacts/model"
NOT_COMPARABLE = 3  # exit code of a replay
FILES = (
    *(("out/iris/table.arrow", command) for command in (SPLIT, TRAIN, EVALUATE)),
    *(("out/iris/split.safetensors", command) for command in (TRAIN, EVALUATE)),
    *((f"out/iris/model/{name}", EVALUATE) for name in ("weights.safetensors", "features.json", "model.json")),
    *((f"out/iris/{name}", "restore") for name in ("checkpoints/best.ckpt", "history.csv")),
    *((f"{PACKAGE}/{name}", BY_RUN) for name in ("weights.safetensors", "features.json", "model.json")),
    (f"{RECORD}/config.yaml", BY_RUN),
    *((f"{RECORD}/{name}", REPLAY) for name in ("config.yaml", "history.csv", "packages.txt", "provenance.json")),
)


@dataclass(frozen=True)
class Damage:
    """``place``: a share of the file, at which a bit changes (``bit``) or the rest is lost (None)."""

    file: str
    command: str
    place: float
    bit: int | None

    def do(self, path: Path) -> None:
        data = bytearray(path.read_bytes())
        at = int(self.place * len(data))
        if self.bit is None:
            del data[at:]
        else:
            data[at] ^= 1 << self.bit
        path.write_bytes(data)


def damages() -> list[Damage]:
    """Of every file, in turn."""
    draw = random.Random(0)
    flips = [Damage(*FILES[k % len(FILES)], draw.random(), draw.randrange(8)) for k in range(FLIPS)]
    return flips + [Damage(*FILES[k % len(FILES)], draw.random(), None) for k in range(CUTS)]


def sql(root: Path, text: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(record.database(root), isolation_level=None)) as connection:
        return connection.execute(text).fetchall()


@pytest.fixture(scope="module")
def trained(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a model and its record."""
    root = copied(workshop.template, tmp_path_factory.mktemp("trained") / "project")
    done = workshop.with_driver(lambda driver: driver.run(root, TRAIN))
    assert done.code == 0, done.stderr
    for path in root.glob("mlruns/artifacts/iris/models/*/artifacts/code"):
        shutil.rmtree(path)  # no command reads it, and many files take time to copy
    return root


def test_every_damage_is_found_before_use(workshop: Workshop, trained: Path) -> None:
    ((run_id,),) = sql(trained, "SELECT run_uuid FROM runs")

    def tried(driver: Driver, root: Path, damage: Damage) -> str:
        copied(trained, root)
        path = root / damage.file.format(run=run_id)
        command = damage.command.format(run=run_id)
        if damage.command == "restore":
            sql(root, "DELETE FROM tags WHERE key = 'weights.sha256'")
            command = EVALUATE
        damage.do(path)
        before = record.runs(root), record.digests(root / "out")
        done = driver.run(root, command)
        if damage.command == REPLAY and done.code == NOT_COMPARABLE:
            return "" if f"record: {path.name} does not match its digest" in done.stdout else done.stdout
        named = path.name in done.stderr
        if done.code not in (2, 74) or len(done.told) != 1 or not done.told[0].startswith("error: ") or not named:
            return f"{done.code}: {done.stderr}"
        return "" if (record.runs(root), record.digests(root / "out")) == before else "something was written"

    cases = damages()
    wrong = workshop.each(cases, tried)
    print(f"{FLIPS} flips and {CUTS} cuts: {len(cases) - len(wrong)} of {len(cases)} found before use")
    assert wrong == []


def test_a_damaged_checkpoint_is_not_gone_on_with(workshop: Workshop, tmp_path: Path) -> None:
    """The one before it is."""
    whole = copied(workshop.template, tmp_path / "whole")
    cut_off = copied(workshop.template, tmp_path / "cut")
    done = workshop.with_driver(lambda driver: driver.run(whole, TRAIN))
    assert done.code == 0, done.stderr
    claimed, described, saved = 2, 4, 3  # files, each of which gets its name once
    moment = claimed + described + saved
    workshop.with_driver(lambda driver: driver.run(cut_off, TRAIN, crash=(moment, ("after replace",))))
    _, _, newest = sorted((cut_off / "out/iris/unfinished").glob("*.ckpt"))
    expected = record.runs(whole), record.digests(whole / "out")

    def tried(driver: Driver, root: Path, damage: Damage) -> str:
        copied(cut_off, root)
        damage.do(root / damage.file)
        done = driver.run(root, damage.command)
        if done.code or f"{newest.name}: " not in done.stderr or "using the previous checkpoint" not in done.stderr:
            return f"{done.code}: {done.stderr}"
        return "" if (record.runs(root), record.digests(root / "out")) == expected else "it came to something else"

    draw = random.Random(1)
    file = newest.relative_to(cut_off).as_posix()
    cases = [Damage(file, TRAIN, draw.random(), draw.randrange(8)) for _ in range(FLIPS // 10)]
    cases += [Damage(file, TRAIN, draw.random(), None) for _ in range(CUTS // 10)]
    wrong = workshop.each(cases, tried)
    print(f"checkpoints: {len(cases) - len(wrong)} of {len(cases)} found, and the one before taken")
    assert wrong == []
