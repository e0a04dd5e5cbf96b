"""The network of the ResNet for tables.

Source: Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data", section 3.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

    from logodds.models.resnet import ResNet


def module(options: ResNet, inputs: int, outputs: int, random: torch.Generator) -> nn.Module:
    """Return the network: rows [n, inputs] -> logits [n, outputs]; dropout draws from ``random``."""
    from torch import Tensor, nn

    from logodds.models.networks.dropout import Dropout

    class Residual(nn.Module):
        def __init__(self, *layers: nn.Module) -> None:
            super().__init__()
            self.layers = nn.Sequential(*layers)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.layers(x)  # type: ignore[no-any-return]  # nn.Module calls are untyped

    width = options.width
    blocks = [
        Residual(
            nn.BatchNorm1d(width),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
            Dropout(options.dropout, random),
        )
        for _ in range(options.blocks)
    ]
    head = [nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, outputs)]
    return nn.Sequential(nn.Linear(inputs, width), *blocks, *head)
