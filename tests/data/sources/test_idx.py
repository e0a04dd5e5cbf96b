"""idx files: written here by the format's definition, read back to the byte; every broken one in one line."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT
from numpy.typing import NDArray
from omegaconf import OmegaConf

from logodds.data.problem import SOURCES
from logodds.data.sources.idx import IdxFiles
from logodds.data.sources.readers import idx
from logodds.system.errors import UserError

MNIST = ROOT.parent / "shared" / "data" / "mnist"


def packed(values: NDArray[np.uint8], kind: int = 8) -> bytes:
    """The format: 0, 0, kind, number of dimensions; dimensions, big-endian; values."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, kind, values.ndim, *values.shape) + values.tobytes()


PIXELS = np.random.default_rng(0).integers(0, 256, (6, 3, 2), dtype=np.uint8)
LABELS = np.array([7, 0, 9, 0, 7, 9], dtype=np.uint8)


def problem(folder: Path, **changes: Any) -> IdxFiles:
    paths = {key: str(folder / key) for key in ("path", "labels", "test_path", "test_labels")}
    paths["path"] = str(folder / "pixels")
    return IdxFiles(name="i", source="idx", **({"classes": None, "largest_rows": 10} | paths | changes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures to train, packed by gzip, and two to test."""
    (tmp_path / "pixels").write_bytes(gzip.compress(packed(PIXELS[:4]), mtime=0))
    (tmp_path / "labels").write_bytes(gzip.compress(packed(LABELS[:4]), mtime=0))
    (tmp_path / "test_path").write_bytes(packed(PIXELS[4:]))
    (tmp_path / "test_labels").write_bytes(packed(LABELS[4:]))
    return tmp_path


def stored(found: Any) -> NDArray[np.uint8]:
    values: NDArray[np.uint8] = found.columns.column("picture").combine_chunks().to_numpy_ndarray()
    return values


def test_a_table_of_idx_files(folder: Path) -> None:
    found = problem(folder).read()
    assert found.columns.schema.field("picture").type == pa.fixed_shape_tensor(pa.uint8(), [1, 3, 2])
    np.testing.assert_array_equal(stored(found), PIXELS[:, None])
    assert (found.target.tolist(), found.classes) == ([1, 0, 2, 0, 1, 2], ("0", "7", "9"))
    assert (found.test_rows, found.notes, found.target_name) == (2, (), "class")


def test_without_a_test_part(folder: Path) -> None:
    found = idx.read(problem(folder, test_path=None, test_labels=None))
    assert (len(found), found.test_rows) == (4, 0)


def test_classes_choose_labels_and_their_order(folder: Path) -> None:
    found = idx.read(problem(folder, classes=["9", "7"]))
    np.testing.assert_array_equal(stored(found)[:, 0], PIXELS[[0, 2, 4, 5]])
    assert (found.target.tolist(), found.classes, found.test_rows) == ([1, 0, 1, 0], ("9", "7"), 2)
    assert found.notes == ("2 of 6 pictures have labels that problem.classes leaves out",)


GOOD = packed(PIXELS[:4])


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("pixels", b"", "problem.path={file}: not an idx file; give a file of pictures (idx3), with or without gzip"),
        (
            "pixels",
            b"PK\3\4....",
            "problem.path={file}: not an idx file; give a file of pictures (idx3), with or without gzip",
        ),
        (
            "pixels",
            packed(LABELS),
            "problem.path={file}: idx of kind 8 in 1 dimensions; pictures (idx3) have kind 8 in 3: name the other file",
        ),
        (
            "labels",
            packed(LABELS, kind=13),
            "problem.labels={file}: idx of kind 13 in 1 dimensions; labels (idx1) have kind 8 in 1: "
            "name the other file",
        ),
        ("pixels", GOOD[:9], "problem.path={file}: cut short in its header; fetch it again"),
        ("pixels", GOOD[:-1], "problem.path={file}: 23 bytes of values where its header promises 24; fetch it again"),
        ("pixels", GOOD + b"x", "problem.path={file}: more values where its header promises 24; fetch it again"),
        (
            "pixels",
            gzip.compress(GOOD + bytes(10**6), mtime=0),
            "problem.path={file}: more values where its header promises 24; fetch it again",
        ),
        (
            "pixels",
            gzip.compress(GOOD, mtime=0)[:-9],
            "problem.path={file}: its gzip packing is cut short or broken; fetch it again",
        ),
        (
            "pixels",
            gzip.compress(GOOD, mtime=0)[:12] + b"xxxx" + gzip.compress(GOOD, mtime=0)[16:],
            "problem.path={file}: its gzip packing is cut short or broken; fetch it again",
        ),
        (
            "pixels",
            struct.pack(">BBBBIII", 0, 0, 8, 3, 4, 2**32 - 1, 2),
            "problem.path={file}: a size of 4x4294967295x2; each must be 1 or more, a side <= 4096",
        ),
        ("pixels", packed(PIXELS[:0]), "problem.path={file}: a size of 0x3x2; each must be 1 or more, a side <= 4096"),
        (
            "pixels",
            struct.pack(">BBBBIII", 0, 0, 8, 3, 2**31, 4096, 4096),
            "problem.path={file}: 2147483648 rows, more than problem.largest_rows=10; raise it, or take fewer",
        ),
        (
            "labels",
            packed(LABELS[:3]),
            "problem.labels={file}: 3 labels for the 4 pictures of problem.path; name the file that belongs to it",
        ),
        (
            "labels",
            packed(np.zeros(4, dtype=np.uint8)),
            "problem.labels={file}: classes ['0']; a problem needs 2 or more different ones",
        ),
        (
            "test_path",
            packed(PIXELS[4:, :2]),
            "problem.test_path={file}: pictures of 2x2 pixels, 3x2 in problem.path; the parts must agree",
        ),
        (
            "test_labels",
            packed(np.array([7, 8], dtype=np.uint8)),
            "problem.test_labels={file}: label 8 is not in {folder}/labels",
        ),
    ],
)
def test_a_file_is_refused(folder: Path, name: str, data: bytes, told: str) -> None:
    (folder / name).write_bytes(data)
    with pytest.raises(UserError) as caught:
        idx.read(problem(folder))
    assert str(caught.value) == told.format(file=folder / name, folder=folder)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"test_labels": None}, "problem.test_path and problem.test_labels: name both files, or set both to null"),
        ({"classes": ["7", "8"]}, "problem.classes: {folder}/labels has no label 8; known: 0, 7, 9"),
        (
            {"labels": "{folder}/label"},
            "problem.labels={folder}/label: no such file; did you mean labels, test_labels?",
        ),
        (
            {"test_path": "{folder}/pixels"},
            "problem.test_path={folder}/pixels: the same file as problem.path; name the test part's own",
        ),
        (
            {"largest_rows": 3},
            "problem.path={folder}/pixels: 4 rows, more than problem.largest_rows=3; raise it, or take fewer",
        ),
    ],
)
def test_options_are_refused(folder: Path, changes: dict[str, Any], told: str) -> None:
    given = {key: value.format(folder=folder) if isinstance(value, str) else value for key, value in changes.items()}
    with pytest.raises(UserError) as caught:
        idx.read(problem(folder, **given))
    assert str(caught.value) == told.format(folder=folder)


def test_the_problem_file_has_every_option() -> None:
    found = SOURCES.read(OmegaConf.load(ROOT / "conf" / "problem" / "mnist.yaml").problem)
    assert isinstance(found, IdxFiles)
    assert found.path == "downloads/mnist/train-images-idx3-ubyte.gz"


def test_values_that_take_more_than_four_gib_are_refused_by_the_header(folder: Path) -> None:
    header = struct.pack(">BBBBIII", 0, 0, 8, 3, 257, 4096, 4096)
    (folder / "pixels").write_bytes(gzip.compress(header, mtime=0))
    with pytest.raises(UserError) as caught:
        problem(folder, largest_rows=257).read()
    assert str(caught.value) == (
        f"problem.path={folder / 'pixels'}: 4311744512 bytes of values, at most 4294967296 are read; "
        "take fewer or smaller pictures"
    )


@pytest.mark.skipif(not MNIST.is_dir(), reason="../shared/data/mnist is not here")
def test_mnist() -> None:
    names = {
        "path": "train-images-idx3-ubyte.gz",
        "labels": "train-labels-idx1-ubyte.gz",
        "test_path": "t10k-images-idx3-ubyte.gz",
        "test_labels": "t10k-labels-idx1-ubyte.gz",
    }
    paths = {key: str(MNIST / name) for key, name in names.items()}
    found = idx.read(problem(MNIST, largest_rows=60000, **paths))
    assert (len(found), found.test_rows, len(found.classes)) == (70000, 10000, 10)
    assert found.target[:5].tolist() == [5, 0, 4, 1, 9]
    assert round(float(stored(found)[:60000].mean() / 255), 4) == 0.1307  # the mean that MNIST's tutorials print
