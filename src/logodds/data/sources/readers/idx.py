"""Read pictures in idx files, the format of MNIST, into a :class:`~logodds.data.table.Table`.

The files may be compressed with gzip. An idx file holds two zero bytes, the kind of the values (8: unsigned bytes), the
number of dimensions, each dimension as a big-endian unsigned 32-bit number, then the values
(http://yann.lecun.com/exdb/mnist/).
"""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.problem import located
from logodds.data.sources.downloads.public import missing_error
from logodds.data.sources.readers import pictures
from logodds.data.table import Table
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.sources.idx import IdxFiles

BYTES = 8  # the format's code for unsigned bytes
LARGEST_SIDE = 4096  # pixels
LARGEST = 2**32  # bytes when unpacked; a header that announces more is refused before anything is unpacked


def read(problem: IdxFiles) -> Table:
    """Read both parts.

    The column is ``picture`` [1, height, width], the target ``class``, and its classes are the labels.

    Raises:
        UserError: a file is missing, not idx, cut short or too long; labels and pictures differ in number; or the test
            part has pictures of another size or a class that the train part lacks.
    """
    if (problem.test_path is None) != (problem.test_labels is None):
        raise UserError("problem.test_path and problem.test_labels: name both files, or set both to null")
    pixels, labels = _part(problem, ("path", "labels"), (problem.path, problem.labels))
    test_rows = 0
    classes = _classes(problem, labels)
    if problem.test_path is not None and problem.test_labels is not None:
        paths = (problem.test_path, problem.test_labels)
        if located(paths[0]).resolve() == located(problem.path).resolve():
            raise UserError(f"problem.test_path={paths[0]}: the same file as problem.path; name the test part's own")
        more, more_labels = _part(problem, ("test_path", "test_labels"), paths)
        if more.shape[1:] != pixels.shape[1:]:
            raise UserError(
                f"problem.test_path={paths[0]}: pictures of {more.shape[1]}x{more.shape[2]} pixels, "
                f"{pixels.shape[1]}x{pixels.shape[2]} in problem.path; the parts must agree"
            )
        if problem.classes is None and (new := np.setdiff1d(more_labels, labels)).size:
            raise UserError(f"problem.test_labels={paths[1]}: label {new[0]} is not in {problem.labels}")
        if not (test_rows := int(np.isin(more_labels, classes).sum())):
            raise UserError(f"problem.test_labels={paths[1]}: none of its labels is in problem.classes")
        pixels, labels = np.concatenate([pixels, more]), np.concatenate([labels, more_labels])
    index_of = np.full(256, -1, dtype=np.int64)
    index_of[classes] = np.arange(len(classes))
    target = index_of[labels]
    notes: tuple[str, ...] = ()
    if left := int((target < 0).sum()):
        notes = (f"{left} of {len(target)} pictures have labels that problem.classes leaves out",)
        pixels, target = pixels[target >= 0], target[target >= 0]
    return Table(
        columns=pa.table({"picture": pictures.column(pixels[:, None])}),
        target=target,
        target_name="class",
        classes=tuple(str(value) for value in classes),
        test_rows=test_rows,
        notes=notes,
    )


def _part(
    problem: IdxFiles, keys: tuple[str, str], paths: tuple[str, str]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read the pictures [n, height, width] and labels [n] of one part."""
    pixels = _values(f"problem.{keys[0]}", paths[0], 3, problem.largest_rows)
    labels = _values(f"problem.{keys[1]}", paths[1], 1, problem.largest_rows)
    if len(pixels) != len(labels):
        raise UserError(
            f"problem.{keys[1]}={paths[1]}: {len(labels)} labels for the {len(pixels)} pictures of "
            f"problem.{keys[0]}; name the file that belongs to it"
        )
    return pixels, labels


def _values(key: str, given: str, dimensions: int, largest_rows: int) -> NDArray[np.uint8]:
    """Read an idx file, compressed or not; ``key`` and ``given`` are the configuration key and its value."""
    path = located(given)
    if not path.is_file():
        raise missing_error(key, given, path, "file")
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        try:
            if not packed:
                return _array(f"{key}={given}", plain, dimensions, largest_rows)
            with gzip.GzipFile(fileobj=plain) as unpacked:
                return _array(f"{key}={given}", unpacked, dimensions, largest_rows)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UserError(f"{key}={given}: its gzip packing is cut short or broken; fetch it again") from error


def _array(name: str, file: BinaryIO | gzip.GzipFile, dimensions: int, largest_rows: int) -> NDArray[np.uint8]:
    """Read the values of an open idx file, and check its header and size; ``name`` begins the messages."""
    head = file.read(4 + 4 * dimensions)
    noun = "pictures (idx3)" if dimensions == 3 else "labels (idx1)"
    if len(head) < 4 or head[:2] != b"\0\0":
        raise UserError(f"{name}: not an idx file; give a file of {noun}, with or without gzip")
    if head[2] != BYTES or head[3] != dimensions:
        raise UserError(
            f"{name}: idx of kind {head[2]} in {head[3]} dimensions; {noun} have kind {BYTES} in {dimensions}: "
            "name the other file"
        )
    if len(head) < 4 + 4 * dimensions:
        raise UserError(f"{name}: cut short in its header; fetch it again")
    shape = [int(side) for side in np.frombuffer(head, dtype=">u4", offset=4)]
    if not all(shape) or max(shape[1:], default=1) > LARGEST_SIDE:
        raise UserError(
            f"{name}: a size of {'x'.join(map(str, shape))}; each must be 1 or more, a side <= {LARGEST_SIDE}"
        )
    size = int(np.prod(shape, dtype=np.float64))
    if shape[0] > largest_rows:
        raise UserError(
            f"{name}: {shape[0]} rows, more than problem.largest_rows={largest_rows}; raise it, or take fewer"
        )
    if size > LARGEST:
        raise UserError(f"{name}: {size} bytes of values, at most {LARGEST} are read; take fewer or smaller pictures")
    # One byte more than the header announces, to notice a longer file without unpacking all of it.
    data = file.read(size + 1)
    if len(data) != size:
        actual = f"{len(data)} bytes of values" if len(data) < size else "more values"
        raise UserError(f"{name}: {actual} where its header promises {size}; fetch it again")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def _classes(problem: IdxFiles, labels: NDArray[np.uint8]) -> list[int]:
    """Return the labels that are classes, in the order of the classes."""
    present = {str(value): int(value) for value in np.unique(labels)}
    names = list(present) if problem.classes is None else problem.classes
    for name in names:
        if name not in present:
            raise UserError(f"problem.classes: {problem.labels} has no label {name}; {nearest(name, present)}")
    if len(names) < 2 or len(set(names)) < len(names):
        raise UserError(f"problem.labels={problem.labels}: classes {names}; a problem needs 2 or more different ones")
    return [present[name] for name in names]
