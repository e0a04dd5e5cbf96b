"""Files that pages name as a reader's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

ROWS = 90


def _table(path: Path) -> None:
    random = np.random.default_rng(0)
    ages, labels = random.normal(40.0, 12.0, ROWS), random.integers(0, 2, ROWS)
    lines = [
        f"{age + 15.0 * label:.1f},{'' if row % 11 == 0 else row % 7},{('north', 'south', 'east')[row % 3]},{label}"
        for row, (age, label) in enumerate(zip(ages, labels, strict=True))
    ]
    path.write_text("\n".join(["age,visits,region,label", *lines]) + "\n")


def _mails(path: Path) -> None:
    words = (("meeting", "report", "lunch", "agenda"), ("winner", "free", "prize", "offer"))
    random = np.random.default_rng(0)
    lines = [f"{' '.join(random.choice(words[row % 2], 5))},{('ham', 'spam')[row % 2]}" for row in range(ROWS)]
    path.write_text("\n".join(["text,label", *lines]) + "\n")


def _pictures(path: Path) -> None:
    random = np.random.default_rng(0)
    for part, count in (("train", 12), ("test", 4)):
        for shade, name in ((80, "cat"), (170, "dog")):
            (path / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = random.normal(shade, 20.0, (24, 24, 3)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(path / part / name / f"{number}.png")


SAMPLES: dict[str, Callable[[Path], None]] = {"my.csv": _table, "mails.csv": _mails, "pictures": _pictures}


@contextmanager
def samples(folder: Path, names: Sequence[str]) -> Iterator[None]:
    """Samples in a folder, for the time of a block."""
    for name in names:
        SAMPLES[name](folder / name)
    try:
        yield
    finally:
        for path in (folder / name for name in names):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
