"""The facts of a run, from the file of its record or from the tags of earlier versions; and files that no training
writes."""

from __future__ import annotations

import hashlib
import json

import pytest
from conftest import load_mlflow

from logodds.system.errors import UserError
from logodds.tracking.mlflow import opening
from logodds.tracking.naming import Naming
from logodds.tracking.provenance import facts
from logodds.tracking.store import Store

pytestmark = pytest.mark.slow

FACTS = {"cpu.model": "a \x1b[31m processor", "env.MKL_CBWR": "AVX2", "sources.sha256": "s", "version.torch": "2.13"}
OTHERS = {"device": "cpu", "data.md5": "d", "version": "1", "note": "n"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    load_mlflow()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return opening.store(tmp_path_factory.mktemp("store"), "toy")


def read(store: Store, tags: dict[str, str], data: bytes | None) -> dict[str, str] | None:
    """The facts of a run with these tags and this file."""
    with store.run(Naming("run", {})) as run:
        run.tags(tags)
        run.artifacts({} if data is None else {facts.FILE: data})
    found = store.reader.run(run.id)
    assert found is not None
    return facts.read(store.reader, found)


def digest(data: bytes) -> dict[str, str]:
    return {"provenance.sha256": hashlib.sha256(data).hexdigest()}


def test_the_file_is_one_object_with_sorted_names() -> None:
    data = facts.dumps({**dict(reversed(FACTS.items())), **OTHERS})
    assert json.loads(data) == FACTS
    assert list(json.loads(data)) == sorted(FACTS)
    assert data == facts.dumps(FACTS)


def test_facts_are_those_of_the_file(store: Store) -> None:
    data = facts.dumps(FACTS)
    assert read(store, digest(data), data) == FACTS
    left = {"version.numpy": "1.0", "env.OMP_NUM_THREADS": "2"}  # by an earlier version that began the run
    assert read(store, {**left, **digest(data)}, data) == FACTS


def test_facts_of_an_earlier_version_are_tags(store: Store) -> None:
    assert read(store, {**FACTS, **OTHERS}, None) == FACTS
    assert read(store, {**FACTS, **OTHERS}, b"anything") == FACTS  # without a digest nothing of it is believed


@pytest.mark.parametrize(
    "data", [None, b"", facts.dumps(FACTS)[:-1], b"[" * 100_000], ids=["gone", "empty", "cut", "["]
)
def test_a_file_that_is_gone_or_damaged_gives_no_facts(store: Store, data: bytes | None) -> None:
    assert read(store, {**FACTS, **digest(facts.dumps(FACTS))}, data) is None


def test_other_names_are_left_out(store: Store) -> None:
    data = json.dumps({**FACTS, **OTHERS}).encode()
    assert read(store, digest(data), data) == FACTS


NOT_JSON, NO_TEXTS = "is not JSON", "is no mapping of texts"
HOSTILE = {
    "large": (b" " * facts.LONGEST + b"{}", "has more than 65536 bytes"),
    "nested, large": (b"[" * 100_000, "has more than 65536 bytes"),
    "nested": (b"[" * 60_000, NOT_JSON),
    "nested objects": (b'{"a":' * 10_000, NOT_JSON),
    "empty": (b"", NOT_JSON),
    "cut off": (b'{"version.torch": "2', NOT_JSON),
    "binary": (b"\xff\xfe\x00", NOT_JSON),
    "long number": (b'{"threads": ' + b"1" * 10_000 + b"}", NOT_JSON),
    "list": (b'["version.torch"]', NO_TEXTS),
    "text": (b'"version.torch"', NO_TEXTS),
    "null": (b"null", NO_TEXTS),
    "number": (b'{"threads": 1}', NO_TEXTS),
    "not a number": (b'{"threads": NaN}', NO_TEXTS),
    "list in it": (b'{"env.MKL_CBWR": ["AVX2"]}', NO_TEXTS),
    "other that is no text": (b'{"x": {"_target_": "os.system"}}', NO_TEXTS),
    "half a character": (rb'{"platform": "\ud800"}', NO_TEXTS),
    "half a character in a name": (rb'{"version.\udfff": ""}', NO_TEXTS),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_one_line(store: Store, name: str) -> None:
    """One whose digest is right."""
    data, reason = HOSTILE[name]
    with pytest.raises(UserError) as caught:
        read(store, digest(data), data)
    text = str(caught.value)
    assert text.startswith("run=")
    assert f": provenance.json in its record {reason}; no training writes that, " in text
    assert len(text) <= 200
    assert text.isprintable()


def test_the_largest_file_is_read(store: Store) -> None:
    data = b"{}".ljust(facts.LONGEST)
    assert read(store, digest(data), data) == {}
