"""What is told of a run by how its training ended when it was trained again."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from recorded_runs import run
from safetensors.numpy import save

from logodds.review.replay import judgement
from logodds.review.replay.evidence import Evidence
from logodds.review.replay.verdict import DIFFERENT, IDENTICAL, NOT_COMPARABLE
from logodds.system import locations
from logodds.tracking.reader import Reader

HISTORY = b"epoch,train/loss\n1,0.5\n"
WEIGHTS = save({"bias": np.array([0.25])})
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()
EVIDENCE = Evidence(
    run=run("one", tags={"data.md5": "d" * 32, "split.sha256": "e" * 64, "weights.sha256": DIGEST}),
    config={"problem": {"path": "data/table.csv"}, "split": {}},
    commit="c" * 40,
    changes=b"",
    packages=("numpy==1.0", "logodds==1.2.3"),
    history=HISTORY,
    fold=None,
    stopped=None,
    sources="",
    environment={"device": "cpu"},
    variables={},
    lacking=None,
)


class Held:
    """The part of a reader that is asked here: the package of a run, from a folder of the test."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def package(self, run_id: str, below: Path) -> Path | None:
        return None if self.folder is None else shutil.copytree(self.folder, below / run_id)


def judged(
    folder: Path, end: Mapping[str, Any] | None, record: Evidence = EVIDENCE, package: Path | None = None
) -> tuple[str, tuple[str, ...]]:
    """The verdict on a training that wrote this in its folder."""
    if end is not None:
        (folder / "ended.json").write_text(json.dumps(end))
    found = judgement.judged(cast(Reader, Held(package)), record, folder)
    return found.word, found.reasons


@pytest.mark.parametrize(
    ("end", "word", "reason"),
    [
        (
            {"differs": "code"},
            NOT_COMPARABLE,
            "code: the sources of commit cccccccccccc and the recorded changes are not those that trained "
            "(files that git ignores?)",
        ),
        (
            {"differs": "data"},
            NOT_COMPARABLE,
            "data: data/table.csv in DVC's cache is another version than the run read (md5 dddddddddddd)",
        ),
        (
            {"differs": "split", "found": "f" * 64},
            DIFFERENT,
            "split.sha256: recorded eeeeeeeeeeee, replayed ffffffffffff",
        ),
        ({"lacking": "data: not here"}, NOT_COMPARABLE, "data: not here"),
        ({"refused": "no row"}, NOT_COMPARABLE, "training: no row"),
        ({"failed": "diverged"}, DIFFERENT, "training: diverged"),
        (None, NOT_COMPARABLE, "code: the training process ended early; see its message above"),
        ({}, NOT_COMPARABLE, "code: the training process ended early; see its message above"),
    ],
)
def test_what_is_told_of_a_training_without_results(
    tmp_path: Path, end: Mapping[str, Any] | None, word: str, reason: str
) -> None:
    assert judged(tmp_path, end) == (word, (reason,))


def test_another_split_by_a_file_of_validation_rows_is_that_of_another_file(tmp_path: Path) -> None:
    record = replace(EVIDENCE, config={"problem": {}, "split": {"val_rows": "rows.txt"}})
    told = "data: the file of split.val_rows is not the one that the run read"
    assert judged(tmp_path, {"differs": "split", "found": "f" * 64}, record) == (NOT_COMPARABLE, (told,))


@pytest.mark.parametrize(("packages", "word"), [(EVIDENCE.packages, "logodds==1.2.3"), (("numpy==1.0",), "logodds")])
def test_outside_a_checkout_the_version_that_trained_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packages: tuple[str, ...], word: str
) -> None:
    monkeypatch.setattr(locations, "CHECKOUT", None)
    found = judged(tmp_path, {"differs": "code"}, replace(EVIDENCE, packages=packages))
    told = f"code: trained by another version of logodds ({word}); install that one"
    assert found == (NOT_COMPARABLE, (told,))


ENDED = {"digests": {"weights.sha256": DIGEST}, "figures": {}, "environment": {"device": "cpu"}, "packages": []}


@pytest.mark.parametrize(
    ("weights", "recorded", "word", "reasons"),
    [
        (WEIGHTS, DIGEST, IDENTICAL, ()),
        (None, DIGEST, NOT_COMPARABLE, ("record: it holds no weights",)),
        (b"", DIGEST, NOT_COMPARABLE, ("record: it holds no weights",)),
        (WEIGHTS, "0" * 64, NOT_COMPARABLE, ("record: weights.safetensors does not match its digest",)),
        (
            b"no weights",
            hashlib.sha256(b"no weights").hexdigest(),
            NOT_COMPARABLE,
            ("record: its weights cannot be read",),
        ),
    ],
    ids=["whole", "no package", "no file", "another digest", "damaged"],
)
def test_results_are_compared_with_the_weights_of_the_record(
    tmp_path: Path, weights: bytes | None, recorded: str, word: str, reasons: tuple[str, ...]
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights.safetensors").write_bytes(WEIGHTS)
    (tmp_path / "history.csv").write_bytes(HISTORY)
    package = None if weights is None else tmp_path / "package"
    if package is not None:
        package.mkdir()
    if package is not None and weights:
        (package / "weights.safetensors").write_bytes(weights)
    trained = replace(run("one", tags={"weights.sha256": recorded}), figures={})
    record = replace(EVIDENCE, run=trained, packages=())
    assert judged(tmp_path, ENDED, record, package) == (word, reasons)
