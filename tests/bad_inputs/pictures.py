"""Class folders of pictures."""

import io
import struct
import zlib

from bad_inputs.case import Case, Given, wrote
from PIL import Image

PICTURES = "train problem=pets problem.path=pics problem.test_path=null split.method=stratified problem.size=8"


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (16, 16)) -> bytes:
    sink = io.BytesIO()
    Image.effect_noise(size, 50).convert(mode).save(sink, kind)
    return sink.getvalue()


def two(count: int = 10) -> tuple[Given, ...]:
    """Two folders of small pictures."""
    return tuple(wrote(f"pics/{'ab'[k % 2]}/{k}.png", saved("PNG")) for k in range(count))


def bomb(side: int) -> bytes:
    """A PNG that says it is huge."""
    head = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = [head, b"IDAT" + zlib.compress(bytes(100)), b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part)) for part in parts
    )


JPEG = saved("JPEG")

CASES = [
    Case(
        "truncated JPEG",
        PICTURES,
        "pics/a/x.jpg: not a picture that can be decoded (***); "
        "mend or remove it, or leave out such pictures with problem.on_error=skip",
        (*two(), wrote("pics/a/x.jpg", JPEG[: len(JPEG) // 2])),
    ),
    Case(
        "zero bytes",
        PICTURES,
        "pics/a/x.jpg: not a picture that can be decoded; "
        "mend or remove it, or leave out such pictures with problem.on_error=skip",
        (*two(), wrote("pics/a/x.jpg", b"")),
    ),
    Case(
        "not a picture",
        PICTURES,
        "pics/a/x.jpg: not a picture that can be decoded; "
        "mend or remove it, or leave out such pictures with problem.on_error=skip",
        (*two(), wrote("pics/a/x.jpg", "a text")),
    ),
    Case(
        "program for a picture",
        PICTURES,
        "pics/a/x.jpg: not a picture that can be decoded; "
        "mend or remove it, or leave out such pictures with problem.on_error=skip",
        (*two(), wrote("pics/a/x.jpg", "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")),
    ),
    Case(
        "mode without a white",
        PICTURES,
        "pics/a/x.tiff: F-mode pixels have no defined white; save it with 8 or 16 bits; "
        "mend or remove it, or leave out such pictures with problem.on_error=skip",
        (*two(), wrote("pics/a/x.tiff", saved("TIFF", "F"))),
    ),
    Case(
        "decompression bomb",
        PICTURES,
        "pics/a/x.png: more than 89478485 pixels when unpacked; "
        "mend or remove it, or leave out such pictures with problem.on_error=skip",
        (*two(), wrote("pics/a/x.png", bomb(60_000))),
    ),
    Case(
        "side of two billion",
        PICTURES,
        "pics/a/x.png: more than 89478485 pixels when unpacked; "
        "mend or remove it, or leave out such pictures with problem.on_error=skip",
        (*two(), wrote("pics/a/x.png", bomb(2**31 - 1))),
    ),
    Case(
        "class without a picture that can be decoded",
        f"{PICTURES} problem.on_error=skip",
        "pics/c: none of its pictures can be decoded; mend them",
        (*two(), wrote("pics/c/x.png", b"x")),
    ),
    Case(
        "no pictures",
        PICTURES,
        "pics/a: an empty class folder, no pictures (.jpg, .jpeg, .png, …) are in it; add some or remove it",
        (wrote("pics/a/x.txt", "x"), wrote("pics/b/x.txt", "x")),
    ),
    Case("two channels", f"{PICTURES} problem.channels=2", "problem.channels=2: must be 3 (colour) or 1 (grey)", two()),
    Case(
        "size beyond the memory",
        f"{PICTURES.replace('problem.size=8', 'problem.size=4096')} problem.largest_rows=5",
        "problem.path=pics: 10 pictures, more than problem.largest_rows=5; raise it if the machine has the memory",
        two(),
    ),
    Case(
        "one picture in all rows",
        PICTURES,
        "column 'picture' holds one picture in all train rows; nothing can be learnt from it",
        tuple(wrote(f"pics/{'ab'[k % 2]}/{k}.png", bomb(1)) for k in range(10)),
    ),
    Case(
        "tables' features",
        f"{PICTURES} features=tabular",
        "column 'picture' holds pictures, which features=tabular does not read; use features=pixels",
        two(),
    ),
]
