"""The network of TabM: k multi-layer perceptrons that share their weight matrices.

Source: Gorishniy et al. 2025, "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling", section 3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from logodds.models.tabm import TabM


def module(options: TabM, inputs: int, outputs: int, random: torch.Generator) -> nn.Module:
    """Return the network: rows [n, inputs] -> logits [n, k, outputs] in training, if there are several networks, else
    logits [n, outputs] of the mean probability. Dropout draws from ``random``."""
    import torch
    from torch import nn
    from torch.nn import functional

    from logodds.models.networks.dropout import Dropout

    k = options.k

    def uniform(shape: tuple[int, ...], before: int) -> nn.Parameter:
        """Return weights drawn as ``nn.Linear`` draws those of a layer with ``before`` inputs."""
        bound = before**-0.5
        return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))

    class Adapted(nn.Module):
        """The layer s * (W (r * x)) + b, with r, s and b of each of the k networks (BatchEnsemble).

        Args:
            before: number of inputs.
            after: number of outputs.
            first: whether it is the first layer. Its r are normal numbers, so that the networks differ; all others, and
                all s, start at one.
        """

        def __init__(self, before: int, after: int, first: bool) -> None:
            super().__init__()
            self.first = first
            self.weight = uniform((after, before), before)
            self.r = nn.Parameter(torch.randn(k, before) if first else torch.ones(k, before))
            self.s = nn.Parameter(torch.ones(k, after))
            self.bias = uniform((k, after), before)

        def forward(self, x: Tensor) -> Tensor:
            """Map x [n, before] in the first layer, else [n, k, before], to [n, k, after]."""
            if self.first:  # W (r * x) as (W r) x: all k read the same rows, which need no copies and no gradient
                matrices = (self.weight * self.r[:, None]).flatten(0, 1)
                product = functional.linear(x, matrices).view(len(x), k, -1)
            else:
                product = functional.linear(x * self.r, self.weight)
            return product * self.s + self.bias

    class Heads(nn.Module):
        """An output layer for each of the k networks."""

        def __init__(self, before: int) -> None:
            super().__init__()
            self.weight = uniform((k, before, outputs), before)
            self.bias = uniform((k, outputs), before)

        def forward(self, x: Tensor) -> Tensor:
            """Map x [n, k, before] to logits [n, k, outputs]."""
            return torch.einsum("nki,kio->nko", x, self.weight) + self.bias

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            deeper = [Adapted(options.width, options.width, first=False) for _ in range(options.blocks - 1)]
            self.layers = nn.ModuleList([Adapted(inputs, options.width, first=True), *deeper])
            self.dropout = Dropout(options.dropout, random)
            self.heads = Heads(options.width)

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = self.dropout(torch.relu(layer(x)))
            logits: Tensor = self.heads(x)
            return logits if self.training and k > 1 else of_mean(logits)

    return Network()


def of_mean(logits: Tensor) -> Tensor:
    """Return the logits [n, outputs] of the mean probabilities of k networks.

    Args:
        logits: [n, k, outputs]; a single output is the logit of the positive class, several are those of the classes.
    """
    from torch.nn.functional import logsigmoid

    if logits.shape[1] == 1:
        return logits[:, 0]
    if logits.shape[2] == 1:
        return logsigmoid(logits).logsumexp(1) - logsigmoid(-logits).logsumexp(1)
    return logits.log_softmax(2).logsumexp(1) - math.log(logits.shape[1])
