"""Fitted picture features: pictures stay bytes in memory and are normalised by channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.table import Table
from logodds.features.features import Features
from logodds.features.fitted import column
from logodds.features.rows import Pixels
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.features.pixels import PixelsOptions

CHUNK = 1024  # pictures that are counted at a time, to bound the memory


@dataclass(frozen=True)
class PixelFeatures(Features):
    """Fitted picture features.

    Attributes:
        column: the column of pictures.
        shape: (channels, height, width).
        mean: [channels], on the scale 0 to 255.
        scale: [channels], on the scale 0 to 255.
    """

    kind: ClassVar[str] = "pixels"
    packages: ClassVar[tuple[str, ...]] = ("pillow",)

    column: str
    shape: tuple[int, int, int]
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def inputs(self) -> dict[str, str]:
        return {self.column: "binary"}

    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Pixels:
        values = column.by_name(columns, self.column)
        kind = values.type
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return Pixels(self._decoded(values.take(pa.array(rows)), rows), self.mean, self.scale)
        if not isinstance(kind, pa.FixedShapeTensorType):
            raise UserError(f"column {self.column!r} must hold pictures or encoded picture files, not {kind}")
        if tuple(kind.shape) != self.shape:
            raise UserError(
                f"column {self.column!r} holds pictures of {_by(kind.shape)}, "
                f"but the model was trained on {_by(self.shape)}"
            )
        return Pixels(_chosen(values, rows), self.mean, self.scale)

    def encoded(self, column: str, cells: Sequence[Any]) -> pa.ChunkedArray:
        """Return cells that are all encoded picture files (bytes), or all pixels.

        Pixels are uint8 arrays [channels, height, width] or [height, width, channels], with one channel also [height,
        width].

        Raises:
            UserError: a cell is neither, or has another shape than the train rows.
        """
        kind = np.ndarray if any(isinstance(cell, np.ndarray) for cell in cells) else bytes
        for row, cell in enumerate(cells, start=1):
            if not isinstance(cell, kind):
                empty = cell is None or isinstance(cell, float)  # pandas writes NaN for an empty cell
                fault = "is empty" if empty else f"is {type(cell).__name__}"
                raise UserError(f"column {self.column!r} row {row} {fault}; {self._accepted()}")
        if kind is bytes:
            return pa.chunked_array([pa.array(cells, pa.large_binary())])
        from logodds.data.sources.readers.pictures import column as tensors

        return tensors(np.stack([self._channels_first(cell, row) for row, cell in enumerate(cells, start=1)]))

    def _channels_first(self, cell: NDArray[Any], row: int) -> NDArray[np.uint8]:
        """Return the pixels of one cell as [channels, height, width]; ``row`` is for messages."""
        channels, height, width = self.shape
        if cell.dtype == np.uint8:
            if cell.shape == self.shape:
                return cell
            if cell.shape == (height, width, channels):
                return cell.transpose(2, 0, 1)
            if cell.shape == (height, width) and channels == 1:
                return cell[None]
        fault = f"is an array of {_by(cell.shape)} {cell.dtype}"
        raise UserError(f"column {self.column!r} row {row} {fault}; {self._accepted()}")

    def _accepted(self) -> str:
        """Return the end of an error message, which says what a cell may be."""
        channels, height, width = self.shape
        files = "an encoded picture file as bytes, or " if height == width else ""
        return f"give {files}uint8 pixels of {_by(self.shape)} or {_by((height, width, channels))}"

    def _decoded(self, files: pa.ChunkedArray, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Decode encoded picture files to pixels [n, channels, height, width]."""
        channels, height, width = self.shape
        if height != width:
            raise UserError(f"column {self.column!r}: picture files become squares, not {_by(self.shape)}; give pixels")
        from logodds.data.sources.readers.pictures import decode

        pixels = np.empty((len(rows), *self.shape), np.uint8)
        for index, data in enumerate(files.to_pylist()):
            if data is None:
                raise UserError(f"column {self.column!r} row {rows[index] + 1} is empty; give a picture's file")
            try:
                pixels[index] = decode(data, height, channels)
            except UserError as error:
                raise UserError(f"column {self.column!r} row {rows[index] + 1}: {error}") from error
        return pixels

    def to_plain(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "shape": list(self.shape),
            "mean": list(self.mean),
            "scale": list(self.scale),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> PixelFeatures:
        channels, height, width = plain["shape"]
        return cls(plain["column"], (channels, height, width), tuple(plain["mean"]), tuple(plain["scale"]))


def fit(table: Table, rows: NDArray[np.int64], options: PixelsOptions, split_column: str | None) -> PixelFeatures:
    """Fit the mean and the standard deviation of each channel over ``rows``, the train rows.

    Raises:
        UserError: there is not exactly one column of pictures to read, or all train rows hold one picture.
    """
    name, notes = column.single(table, options.column, split_column, _is_picture, "pictures")
    values = table.columns.column(name)
    _refuse_one_picture(name, values, rows)
    channels, height, width = values.type.shape
    if options.normalise == "unit":
        mean, scale = (0.0,) * channels, (255.0,) * channels
    else:
        counts = np.zeros((channels, 256), np.int64)
        for start in range(0, len(rows), CHUNK):
            part = _chosen(values, rows[start : start + CHUNK])
            for channel in range(channels):
                counts[channel] += np.bincount(part[:, channel].ravel(), minlength=256)
        # Sums over counts of the 256 values do not depend on the order of the rows.
        share = counts / counts.sum(axis=1, keepdims=True)
        level = np.arange(256.0)
        means = share @ level
        deviations = np.sqrt((share * (level - means[:, None]) ** 2).sum(axis=1))
        mean, scale = tuple(means.tolist()), tuple(np.where(deviations > 0.0, deviations, 1.0).tolist())
    return PixelFeatures(name, (channels, height, width), mean, scale, notes=notes)


def _refuse_one_picture(name: str, values: pa.ChunkedArray, rows: NDArray[np.int64]) -> None:
    first = _chosen(values, rows[:1])
    if all((_chosen(values, rows[start : start + CHUNK]) == first).all() for start in range(0, len(rows), CHUNK)):
        raise UserError(f"column {name!r} holds one picture in all train rows; nothing can be learnt from it")


def _is_picture(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.FixedShapeTensorType)


def _chosen(values: pa.ChunkedArray, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the chosen rows [n, channels, height, width]. Only these rows are copied."""
    pixels = np.empty((len(rows), *values.type.shape), np.uint8)
    start = 0
    for chunk in values.chunks:
        if len(chunk):
            inside = np.flatnonzero((rows >= start) & (rows < start + len(chunk)))
            pixels[inside] = chunk.to_numpy_ndarray()[rows[inside] - start]
        start += len(chunk)
    return pixels


def _by(shape: Any) -> str:
    return " x ".join(str(size) for size in shape)
