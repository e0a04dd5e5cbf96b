"""Pictures: batches from resident uint8 pixels against a Dataset that decodes its JPEG files in every epoch.

Both give float pixels [32, 3, 64, 64], resized the same way and normalised by channel, in random order, one thread;
they must be the same numbers before a time is told. What it costs to decode all files once, which happens before the
first epoch here, is told too.

python benchmarks/pictures.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from timing import Row, Target, medians, show, size
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

COUNT, SIDE, BATCH = size(512, 40), 64, 32
SIDES = (200, 500)  # of the files
MEAN, SCALE = (124.0, 116.0, 104.0), (58.0, 57.0, 57.0)
REPETITIONS = size(5)


class Files(Dataset[Tensor]):
    """One normalised picture per file, decoded when it is asked for."""

    def __init__(self, paths: list[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, place: int) -> Tensor:
        return normalised(decoded(self.paths[place])[None])[0]


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        paths = files(Path(folder))
        started = time.perf_counter()
        resident = torch.stack([decoded(path) for path in paths])
        once = time.perf_counter() - started
        pictures = Files(paths)
        for place in range(len(pictures)):
            assert torch.equal(normalised(resident[place][None])[0], pictures[place])
        seconds = medians({"ours": lambda: ours(resident), "theirs": lambda: theirs(paths)}, REPETITIONS)
    rates = {name: f"{COUNT / value:,.0f}/s" for name, value in seconds.items()}
    ratio = seconds["theirs"] / seconds["ours"]
    rows = [
        Row(
            f"pictures of {SIDE}x{SIDE} in batches", rates["ours"], rates["theirs"], ratio, Target(10.0, at_least=True)
        ),
        Row(f"  … decoding {COUNT} files once", f"{once:.2f} s"),
    ]
    show("Pictures of an epoch", rows)


def files(folder: Path) -> list[Path]:
    """JPEG files of smooth noise, as large as photographs on the web."""
    random = np.random.default_rng(0)
    paths = []
    for number in range(COUNT):
        width, height = (int(side) for side in random.integers(*SIDES, 2))
        coarse = Image.fromarray(random.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        path = folder / f"{number}.jpg"
        coarse.resize((width, height), Image.Resampling.BICUBIC).save(path, quality=90)
        paths.append(path)
    return paths


def decoded(path: Path) -> Tensor:
    """Pixels [3, SIDE, SIDE] uint8."""
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    return torch.from_numpy(pixels).permute(2, 0, 1)


def normalised(pixels: Tensor) -> Tensor:
    """uint8 [n, 3, SIDE, SIDE] -> (value - mean) / scale, float32."""
    mean, scale = (torch.tensor(values)[:, None, None] for values in (MEAN, SCALE))
    return (pixels - mean) / scale


def ours(resident: Tensor) -> None:
    for rows in torch.split(torch.randperm(COUNT), BATCH):
        normalised(resident[rows])


def theirs(paths: list[Path]) -> None:
    for _ in DataLoader(Files(paths), batch_size=BATCH, shuffle=True):
        pass


if __name__ == "__main__":
    main()
