"""Read folders of pictures into a :class:`~logodds.data.table.Table`. Every picture is decoded once.

A picture of any shape becomes ``size`` x ``size`` pixels of unsigned bytes. Its aspect ratio is not kept, as in most
tutorials, so that nothing is cut off. Of an animation or a file with several pages, the first picture is read.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.sources.folders import shown
from logodds.data.sources.readers.folders import listing
from logodds.data.table import Table
from logodds.system.errors import UserError, counted
from logodds.system.terminal.progress import Progress

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from logodds.data.sources.pictures import PictureFolders

# Pillow's other formats are not for photographs, and for one of them (EPS) it runs a program.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
LARGEST_FILE = 2**28  # bytes
LARGEST_SHARE = 0.5  # of the machine's memory
LARGEST_CHUNK = 2**30  # bytes of one Arrow array, because Arrow selects rows with 32-bit offsets
GAP = 2.0  # a JPEG is decoded at twice the wanted size or more, as Pillow does for thumbnails
FEW_LEVELS = 16  # of grey that are left of pictures of 12 bits which are stored in 16
MOST_LISTED = 3  # names that a note lists


def read(problem: PictureFolders) -> Table:
    """Decode every picture below the class folders. The column is ``picture``, the target ``class``.

    Raises:
        UserError: the folders are not as :func:`~logodds.data.sources.readers.folders.listing` needs them, a picture or
            all pictures of a class cannot be decoded, or the pictures do not fit into memory.
    """
    if problem.channels == 2:
        raise UserError("problem.channels=2: must be 3 (colour) or 1 (grey)")
    listed = listing(problem, problem.suffixes, "pictures")
    shape = (len(listed.files), problem.channels, problem.size, problem.size)
    _refuse_too_much(shape)
    pixels = np.empty(shape, dtype=np.uint8)
    bad: list[str] = []
    good: list[int] = []
    peaks: list[int] = []
    with Progress("decoding", len(listed.files), "picture") as progress:
        for row, path in enumerate(listed.files):
            progress.show(row)
            try:
                pixels[len(good)], peak = _decoded(_bytes(path), problem.size, problem.channels)
                good.append(row)
                peaks += [] if peak is None else [peak]
            except UserError as error:
                if problem.on_error == "stop":
                    raise UserError(
                        f"{shown(path)}: {error}; mend or remove it, or leave out such pictures with "
                        "problem.on_error=skip"
                    ) from error
                bad.append(shown(path))
    train = len(listed.files) - listed.test_rows
    present = set(listed.target[[row for row in good if row < train]].tolist())
    for index, name in enumerate(listed.classes):
        if index not in present:
            raise UserError(f"{problem.path}/{name}: none of its pictures can be decoded; mend them")
    notes = listed.notes
    if peaks:
        notes += (_sixteen_bits(problem, peaks),)
    if bad:
        names = ", ".join(bad[:MOST_LISTED]) + (", …" if len(bad) > MOST_LISTED else "")
        notes += (f"{len(bad)} of {len(listed.files)} pictures could not be decoded and are left out: {names}",)
    return Table(
        columns=pa.table({"picture": column(pixels[: len(good)])}),
        target=listed.target[good],
        target_name="class",
        classes=listed.classes,
        test_rows=sum(row >= train for row in good),
        notes=notes,
    )


def column(pixels: NDArray[np.uint8]) -> pa.ChunkedArray:
    """Return pixels [n, channels, height, width] as Arrow tensors, without a copy."""
    kind = pa.fixed_shape_tensor(pa.uint8(), pixels.shape[1:])
    size = int(np.prod(pixels.shape[1:]))
    rows = max(LARGEST_CHUNK // size, 1)
    chunks = []
    for start in range(0, len(pixels), rows):
        flat = pa.array(pixels[start : start + rows].reshape(-1))
        chunks.append(pa.ExtensionArray.from_storage(kind, pa.FixedSizeListArray.from_arrays(flat, size)))
    return pa.chunked_array(chunks, type=kind)


def decode(data: bytes, size: int, channels: int) -> NDArray[np.uint8]:
    """Decode the file of one picture to pixels [channels, size, size].

    The picture is turned upright (EXIF), transparent parts become white, and it is resized by bilinear interpolation.
    Of 16 bits the upper 8 are read.

    Raises:
        UserError: the file is not a picture, is broken, or has more pixels than Pillow considers safe. The message does
            not name the file.
    """
    return _decoded(data, size, channels)[0]


def _decoded(data: bytes, size: int, channels: int) -> tuple[NDArray[np.uint8], int | None]:
    """Decode a picture; also return the largest value of pixels of 16 bits, None for others.

    Pillow gives colours of 16 bits with their upper 8, so that their largest value may be smaller by 255 at most.
    """
    from PIL import Image, UnidentifiedImageError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _pixels(image, size, channels)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise UserError(f"more than {Image.MAX_IMAGE_PIXELS} pixels when unpacked") from error
        except UnidentifiedImageError as error:
            raise UserError("not a picture that can be decoded") from error
        except UserError:
            raise
        except Exception as error:  # on a broken file Pillow's parsers raise exceptions of any kind
            raise UserError(f"not a picture that can be decoded ({' '.join(str(error).split())[:80]})") from error


def _pixels(image: ImageFile, size: int, channels: int) -> tuple[NDArray[np.uint8], int | None]:
    from PIL import Image, ImageOps

    mode = "RGB" if channels == 3 else "L"
    # Decode a JPEG at a smaller size; other formats are not affected.
    image.draft(None, (int(size * GAP), int(size * GAP)))
    deep = _has_16_bits(image)
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "F" or (upright.mode == "I" and not deep):
        raise UserError(f"{upright.mode}-mode pixels have no defined white; save it with 8 or 16 bits")
    peak = None
    if upright.mode.startswith("I"):
        grey = np.asarray(upright)
        peak = int(grey.max())
        upright = Image.fromarray((grey >> 8).astype(np.uint8))
    elif deep:
        peak = (int(np.asarray(upright)[..., :3].max()) << 8) + 255
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = Image.new("RGBA", layer.size, "white")
        upright.alpha_composite(layer)
    if upright.mode not in ("RGB", "L"):
        upright = upright.convert("RGB")
    small = upright.convert(mode).resize((size, size), Image.Resampling.BILINEAR)
    values = np.asarray(small, dtype=np.uint8).reshape(size, size, channels)
    return np.ascontiguousarray(values.transpose(2, 0, 1)), peak


def _has_16_bits(image: ImageFile) -> bool:
    """Return whether a picture that is not decoded yet has 16 bits per pixel and colour."""
    if image.format not in ("PNG", "TIFF", "PPM"):
        return False  # a BMP of 16 bits has five or six per colour
    # What Pillow's decoders are given: how pixels lie in the file, or, of colours of PPM, their largest value.
    given = [(tile.codec_name, tile.args) for tile in image.tile]
    return any(
        ";16" in str(args) or (codec == "ppm" and isinstance(args, tuple) and args[1] > 255) for codec, args in given
    )


def _sixteen_bits(problem: PictureFolders, peaks: list[int]) -> str:
    """Return a note on pictures of 16 bits, by the largest value of each.

    Raises:
        UserError: the values of all are so small that the upper 8 bits hardly tell them apart.
    """
    levels = (max(peaks) >> 8) + 1
    found = f"{counted(len(peaks), 'picture')} of 16 bits with values up to {max(peaks)}"
    if levels <= FEW_LEVELS:
        raise UserError(
            f"problem.path={problem.path}: {found}, of which the upper 8 bits tell {levels} apart; "
            "save them with 8 bits, or with values up to 65535"
        )
    return f"{found}, read with their upper 8 bits ({levels} levels)"


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE:
        raise UserError(f"a file of more than {LARGEST_FILE} bytes")
    return path.read_bytes()


def _refuse_too_much(shape: Sequence[int]) -> None:
    """Raise an error if pixels of this shape would take too much of the machine's memory."""
    needed = int(np.prod(shape, dtype=np.int64))
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > LARGEST_SHARE * available:
        raise UserError(
            f"problem.size={shape[-1]}: {shape[0]} pictures take {needed / 2**30:.1f} GiB, the machine has "
            f"{available / 2**30:.1f}; choose a smaller size or fewer pictures"
        )
