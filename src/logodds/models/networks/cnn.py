"""A small convolutional network for pictures, with augmentation: pixels -> blocks -> logits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logodds.system.errors import UserError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from logodds.models.cnn import CNN


def module(options: CNN, shape: tuple[int, int, int], outputs: int, random: torch.Generator) -> nn.Module:
    """Return the network: normalised pixels [n, channels, height, width] -> logits [n, outputs].

    Args:
        options: blocks, dropout and augmentation.
        shape: (channels, height, width) of a picture.
        outputs: logits per picture.
        random: the generator that dropout and augmentation draw from.

    Raises:
        UserError: pictures have one pixel only; batch norm fails if a batch has a single value per channel.
    """
    if shape[1:] == (1, 1):
        raise UserError(
            "model=cnn: needs pictures of 2 pixels or more, not 1x1; raise problem.size or use model=logistic"
        )
    import torch
    from torch import nn

    from logodds.models.networks.dropout import Dropout

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers: list[nn.Module] = []
            before, height, width = shape
            for channels in options.channels:
                layers += [nn.Conv2d(before, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
                if min(height, width) >= 4:
                    layers.append(nn.MaxPool2d(2))
                    height, width = height // 2, width // 2
                before = channels
            self.blocks = nn.Sequential(*layers)
            self.dropout = Dropout(options.dropout, random)
            self.head = nn.Linear(before, outputs)

        def forward(self, pixels: Tensor) -> Tensor:
            if self.training and (options.flip or options.shift):
                pixels = moved(pixels, options.flip, options.shift, random)
            pixels = pixels.contiguous(memory_format=torch.channels_last)  # a quarter faster on a CPU
            logits: Tensor = self.head(self.dropout(self.blocks(pixels).mean((2, 3))))
            return logits

    return Network()


def moved(pixels: Tensor, flip: bool, shift: int, random: torch.Generator) -> Tensor:
    """Return the pictures [n, channels, height, width] after random mirroring and moving.

    Args:
        pixels: the pictures.
        flip: whether to mirror each picture left to right with probability 1/2.
        shift: largest number of pixels by which each picture is moved vertically and horizontally; the gap is filled by
            repeating the border.
        random: the generator of all random numbers.
    """
    import torch

    n, _, height, width = pixels.shape
    on = pixels.device

    def indices(side: int) -> Tensor:
        offsets = torch.randint(-shift, shift + 1, (n, 1), generator=random, device=on)
        return (torch.arange(side, device=on) + offsets).clamp(0, side - 1)

    rows, columns = indices(height), indices(width)
    if flip:
        mirrored = torch.rand((n, 1), generator=random, device=on) < 0.5
        columns = torch.where(mirrored, width - 1 - columns, columns)
    pictures = torch.arange(n, device=on)[:, None, None]
    # With channels last, one index selects all channels of a pixel.
    gathered = pixels.permute(0, 2, 3, 1)[pictures, rows[:, :, None], columns[:, None, :]]
    return gathered.permute(0, 3, 1, 2)
