"""Pictures to bytes: against Pillow's own resampling and against colours worked out by hand."""

from __future__ import annotations

import io
import os
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT
from numpy.typing import NDArray
from omegaconf import OmegaConf
from PIL import Image, ImageOps

from logodds.data import table
from logodds.data.problem import SOURCES
from logodds.data.sources.pictures import PictureFolders
from logodds.data.sources.readers import pictures
from logodds.data.sources.readers.pictures import decode
from logodds.system.errors import UserError

CATS_DOGS = ROOT.parent / "shared" / "data" / "cats_dogs"


def problem(path: Path, **changes: Any) -> PictureFolders:
    plain: dict[str, Any] = {"classes": None, "test_path": None, "largest_rows": 100, "on_error": "stop"}
    return PictureFolders(name="p", source="pictures", path=str(path), **(plain | {"size": 4, "channels": 3} | changes))


def packed(image: Image.Image, kind: str, **options: Any) -> bytes:
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A smooth coloured picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def plain(image: Image.Image, size: int) -> NDArray[np.uint8]:
    """What decode should give for an RGB picture."""
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR)).transpose(2, 0, 1)


def stored(found: table.Table) -> NDArray[np.uint8]:
    values: NDArray[np.uint8] = found.columns.column("picture").combine_chunks().to_numpy_ndarray()
    return values


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("shape", [(40, 30), (3, 50), (1, 1), (20, 20)])
def test_a_picture_without_loss_is_resampled_as_pillow_does(kind: str, shape: tuple[int, int]) -> None:
    image = noise(*shape)
    np.testing.assert_array_equal(decode(packed(image, kind), 20, 3), plain(image, 20))
    grey = np.asarray(image.convert("L").resize((20, 20), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(decode(packed(image, kind), 20, 1), grey[None])


def test_a_jpeg_that_is_shrunk_while_decoded_differs_by_no_more_than_its_own_loss() -> None:
    image = noise(800, 600)
    data = packed(image, "JPEG", quality=95)
    near = decode(data, 50, 3).astype(int) - plain(Image.open(io.BytesIO(data)).convert("RGB"), 50)
    assert np.abs(near).max() <= 3
    small = packed(noise(90, 70), "JPEG")
    np.testing.assert_array_equal(decode(small, 50, 3), plain(Image.open(io.BytesIO(small)).convert("RGB"), 50))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_orientation_is_undone(orientation: int, kind: str) -> None:
    image = noise(60, 40)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = packed(image, kind, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    assert upright.size == ((60, 40) if orientation <= 4 else (40, 60))
    np.testing.assert_array_equal(decode(data, 30, 3), plain(upright, 30))


RED = (255, 0, 0)


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (Image.new("L", (2, 2), 77), "PNG", (77, 77, 77)),
        (Image.new("1", (2, 2), 1), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (2, 2), (*RED, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (2, 2), (*RED, 255)), "PNG", RED),
        (Image.new("RGBA", (2, 2), (0, 0, 0, 51)), "PNG", (204, 204, 204)),
        (Image.new("LA", (2, 2), (0, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGB", (2, 2), RED).convert("P"), "PNG", RED),
        (Image.new("RGB", (2, 2), RED).convert("P"), "GIF", RED),
        (Image.new("CMYK", (2, 2), (0, 255, 255, 0)), "TIFF", RED),
        (Image.new("I;16", (2, 2), 0x8123), "PNG", (0x81, 0x81, 0x81)),
        (Image.new("RGBA", (2, 2), (*RED, 0)), "WEBP", (255, 255, 255)),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else None,
)
def test_every_mode_becomes_colours_over_white(image: Image.Image, kind: str, expected: tuple[int, ...]) -> None:
    np.testing.assert_array_equal(decode(packed(image, kind), 2, 3)[:, 0, 0], expected)


def test_a_palette_with_a_transparent_colour_is_white_there() -> None:
    image = Image.new("RGB", (2, 2), RED).convert("P")
    data = packed(image, "GIF", transparency=image.getpixel((0, 0)))
    np.testing.assert_array_equal(decode(data, 2, 3), np.full((3, 2, 2), 255))


def test_of_an_animation_the_first_picture_counts() -> None:
    frames = [Image.new("RGB", (2, 2), colour) for colour in (RED, (0, 255, 0))]
    data = packed(frames[0], "GIF", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(decode(data, 1, 3)[:, 0, 0], RED)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "not a picture that can be decoded"),
        (b"<html>404</html>", "not a picture that can be decoded"),
        (packed(noise(50, 50), "JPEG")[:-200], "not a picture that can be decoded (image file is truncated"),
        (packed(noise(50, 50), "PNG")[:400], "not a picture that can be decoded (image file is truncated"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture that can be decoded"),
        (packed(Image.new("F", (2, 2)), "TIFF"), "F-mode pixels have no defined white; save it with 8 or 16 bits"),
    ],
    ids=["empty", "html", "jpeg", "png", "eps", "float"],
)
def test_what_is_no_picture_is_refused(data: bytes, told: str) -> None:
    with pytest.raises(UserError) as caught:
        decode(data, 4, 3)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("pixels", [150, 250], ids=["warned", "refused"])
def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch, pixels: int) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UserError, match="more than 100 pixels when unpacked"):
        decode(packed(Image.new("L", (pixels, 1)), "PNG"), 4, 3)


def test_a_broken_picture_never_ends_in_another_error() -> None:
    draw = np.random.default_rng(1)
    told = ""
    for kind in ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP"):
        right = packed(noise(20, 20), kind)
        for _ in range(100):
            data = bytearray(right)
            for place in draw.integers(0, len(data), 4):
                data[place] = draw.integers(256)
            try:
                assert decode(bytes(data), 5, 3).shape == (3, 5, 5)
            except UserError as error:
                told += str(error)
    assert told.isprintable()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures of each class and one of a test part."""
    for index, name in enumerate(
        ["train/cat/1.png", "train/cat/2.jpg", "train/dog/1.png", "train/dog/2.gif", "test/dog/1.png"]
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        noise(8 + index, 6, index).save(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("channels", [1, 3])
def test_a_table_of_pictures(folder: Path, channels: int) -> None:
    found = pictures.read(problem(folder / "train", test_path=str(folder / "test"), channels=channels))
    assert found.columns.schema.field("picture").type == pa.fixed_shape_tensor(pa.uint8(), [channels, 4, 4])
    files = [*sorted((folder / "train").rglob("*.*")), folder / "test" / "dog" / "1.png"]
    np.testing.assert_array_equal(stored(found), [decode(path.read_bytes(), 4, channels) for path in files])
    assert found.target.tolist() == [0, 0, 1, 1, 1]
    assert (found.classes, found.target_name, found.test_rows) == (("cat", "dog"), "class", 1)
    assert found.notes == (f"{folder / 'test'} has no folder of cat: the test part lacks them",)


def test_a_table_comes_back_from_disk_and_by_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pictures.read(problem(folder / "train"))
    monkeypatch.setattr(pictures, "LARGEST_CHUNK", 2 * 48)
    found = pictures.read(problem(folder / "train"))
    assert found.columns.column("picture").num_chunks == 2
    np.testing.assert_array_equal(stored(found), stored(whole))
    table.save(found, folder / "table.arrow")
    again = table.load(folder / "table.arrow")
    assert again.columns.equals(found.columns)
    taken = again.columns.take(pa.array([3, 0])).column("picture").combine_chunks().to_numpy_ndarray()
    np.testing.assert_array_equal(taken, stored(whole)[[3, 0]])


@pytest.mark.parametrize("peak", [255, 4095, 4096, 65535])
def test_grey_pictures_of_16_bits_are_read_with_their_upper_8_where_these_tell_them_apart(
    tmp_path: Path, peak: int
) -> None:
    for name, value in (("dark", peak // 3), ("light", peak)):
        (tmp_path / name).mkdir()
        Image.new("I;16", (4, 4), value).save(tmp_path / name / "0.png")
    found = f"2 pictures of 16 bits with values up to {peak}"
    if peak < 4096:
        with pytest.raises(UserError) as caught:
            problem(tmp_path).read()
        assert str(caught.value) == (
            f"problem.path={tmp_path}: {found}, of which the upper 8 bits tell {peak // 256 + 1} apart; "
            "save them with 8 bits, or with values up to 65535"
        )
    else:
        read = problem(tmp_path).read()
        assert stored(read)[:, 0, 0, 0].tolist() == [peak // 3 // 256, peak // 256]
        assert read.notes[-1] == f"{found}, read with their upper 8 bits ({peak // 256 + 1} levels)"


def png_of_16_bits(pixels: NDArray[np.uint16]) -> bytes:
    """A PNG of [height, width, 3 or 4] values, which Pillow does not write."""
    height, width, channels = pixels.shape
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    about = pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = ((b"IHDR", about), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def ppm_of_16_bits(pixels: NDArray[np.uint16]) -> bytes:
    height, width, channels = pixels.shape
    kind = {1: "P5", 3: "P6"}[channels]
    return f"{kind} {width} {height} 65535\n".encode() + pixels.astype(">u2").tobytes()


@pytest.mark.parametrize(
    ("write", "channels", "suffix"),
    [(png_of_16_bits, 3, "png"), (png_of_16_bits, 4, "png"), (ppm_of_16_bits, 3, "ppm"), (ppm_of_16_bits, 1, "pgm")],
)
def test_colours_of_16_bits_are_read_with_their_upper_8_and_told(
    tmp_path: Path, write: Callable[[NDArray[np.uint16]], bytes], channels: int, suffix: str
) -> None:
    for name, value in (("dark", 0x12FF), ("light", 0xFFFF)):
        (tmp_path / name).mkdir()
        pixels = np.full((4, 4, channels), value, np.uint16)
        pixels[..., 3:] = 0xFFFF
        (tmp_path / name / f"0.{suffix}").write_bytes(write(pixels))
    read = problem(tmp_path).read()
    assert stored(read)[:, 0, 0, 0].tolist() == [0x13 if suffix == "ppm" else 0x12, 0xFF]  # of PPM Pillow rounds
    assert read.notes[-1] == "2 pictures of 16 bits with values up to 65535, read with their upper 8 bits (256 levels)"


def test_colours_of_16_bits_that_8_do_not_tell_apart_are_refused(tmp_path: Path) -> None:
    for name in ("dark", "light"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.png").write_bytes(png_of_16_bits(np.full((4, 4, 3), 1000, np.uint16)))
    with pytest.raises(
        UserError, match=r"2 pictures of 16 bits with values up to 1023, of which the upper 8 bits tell 4"
    ):
        problem(tmp_path).read()


def test_a_broken_picture_stops_or_is_skipped_and_told(folder: Path) -> None:
    bad = folder / "train" / "cat" / "0.png"
    bad.write_bytes(b"<html>")
    (folder / "test" / "dog" / "2.png").write_bytes(b"")
    with pytest.raises(UserError) as caught:
        pictures.read(problem(folder / "train"))
    assert str(caught.value) == (
        f"{bad}: not a picture that can be decoded; mend or remove it, or leave out such pictures with "
        "problem.on_error=skip"
    )
    options = problem(folder / "train", test_path=str(folder / "test"), on_error="skip")
    found = pictures.read(options)
    assert (found.target.tolist(), found.test_rows) == ([0, 0, 1, 1, 1], 1)
    assert found.notes[-1] == (
        f"2 of 7 pictures could not be decoded and are left out: {bad}, {folder / 'test' / 'dog' / '2.png'}"
    )
    for path in (folder / "train" / "cat").iterdir():
        path.write_bytes(b"")
    with pytest.raises(UserError, match="train/cat: none of its pictures can be decoded; mend them"):
        pictures.read(options)


def test_more_than_the_memory_holds_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LARGEST_SHARE", 0.0)
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    with pytest.raises(UserError) as caught:
        pictures.read(problem(folder / "train"))
    assert str(caught.value) == (
        f"problem.size=4: 4 pictures take 0.0 GiB, the machine has {there:.1f}; choose a smaller size or fewer pictures"
    )


def test_two_channels_are_refused(folder: Path) -> None:
    with pytest.raises(UserError, match=r"problem.channels=2: must be 3 \(colour\) or 1 \(grey\)"):
        pictures.read(problem(folder / "train", channels=2))


def test_the_problem_file_has_every_option() -> None:
    found = SOURCES.read(OmegaConf.load(ROOT / "conf" / "problem" / "pets.yaml").problem)
    assert isinstance(found, PictureFolders)
    assert (found.path, found.test_path, found.size) == ("downloads/pets/train", "downloads/pets/test", 100)


@pytest.mark.skipif(not CATS_DOGS.is_dir(), reason="../shared/data/cats_dogs is not here")
def test_photographs() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = problem(CATS_DOGS / "train", test_path=str(CATS_DOGS / "test"), size=16, largest_rows=520).read()
    assert (len(found), found.test_rows, found.classes, found.notes) == (520, 120, ("cats", "dogs"), ())
    assert np.bincount(found.target).tolist() == [260, 260]
