"""Optimisers' options. What they do is that of ``torch.optim``, but that weight decay spares biases and gains."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.rules import choice, number
from logodds.system.errors import UserError


@dataclass(kw_only=True)
class SGD:
    """``torch.optim.SGD``: momentum without dampening, weight decay as an L2 term of the gradient."""

    name: str = choice("sgd")
    lr: float = number(above=0.0)
    momentum: float = number(least=0.0, below=1.0)
    nesterov: bool
    weight_decay: float = number(least=0.0)

    def check(self) -> None:
        """Rules that join keys.

        Raises:
            UserError: Nesterov's step without momentum.
        """
        if self.nesterov and self.momentum == 0.0:
            raise UserError("optim.nesterov=true: needs optim.momentum > 0")


@dataclass(kw_only=True)
class Adam:
    """``torch.optim.Adam``: weight decay as an L2 term of the gradient."""

    name: str = choice("adam")
    lr: float = number(above=0.0)
    beta1: float = number(least=0.0, below=1.0)
    beta2: float = number(least=0.0, below=1.0)
    eps: float = number(above=0.0)
    weight_decay: float = number(least=0.0)


@dataclass(kw_only=True)
class AdamW:
    """``torch.optim.AdamW``: weight decay decoupled from the gradient (Loshchilov and Hutter 2019)."""

    name: str = choice("adamw")
    lr: float = number(above=0.0)
    beta1: float = number(least=0.0, below=1.0)
    beta2: float = number(least=0.0, below=1.0)
    eps: float = number(above=0.0)
    weight_decay: float = number(least=0.0)


@dataclass(kw_only=True)
class Newton:
    """The exact solver for the convex case (``solve.py``); an epoch is one Newton step over all rows.

    ``tolerance``: half the squared Newton decrement, an estimate of the objective's gap, at which it stops.
    """

    name: str = choice("newton")
    weight_decay: float = number(least=0.0)
    tolerance: float = number(above=0.0)


Optim = SGD | Adam | AdamW | Newton
OPTIMS: dict[str, type[Optim]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW, "newton": Newton}
