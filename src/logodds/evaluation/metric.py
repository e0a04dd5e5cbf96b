"""What every figure that can be followed from epoch to epoch says of itself: the base class of the metrics, and their
group."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group

if TYPE_CHECKING:
    from logodds.system.arrays import Array

TRAIN_LOSS = "train/loss"  # what can be monitored beside figures of the validation rows
CURVES = ("loss", "f1")  # metrics that are followed on the validation rows whatever is monitored


@dataclass(kw_only=True)
class Metric(Option, ABC):
    """Abstract. A figure of validation rows, of two classes and of many under the same name.

    Attributes:
        name: by which ``train.monitor`` chooses it, as in ``val/f1``.
        higher_is_better: whether more of it is better.
    """

    name: str

    higher_is_better: ClassVar[bool] = True

    @abstractmethod
    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        """The figure of K models at once [K]; NaN where it is not defined.

        Args:
            logits: log-odds [K, n] of the positive class of two, or logits [K, n, C] of many.
            target: [n], the index of each row's class.
            threshold: probability from which a row is called positive, of two classes.
        """


METRICS: Group[Metric] = Group("metric", Metric, "logodds.evaluation.metrics.monitored", "logodds.metrics")


@cache
def metric(name: str) -> Metric:
    """A metric by its name.

    Raises:
        UserError: there is none.
    """
    return METRICS.option(name)(name=name)


def followed(monitors: Iterable[str]) -> list[str]:
    """Names of the metrics that are followed where these figures are monitored."""
    return list(dict.fromkeys([*CURVES, *sorted({each.removeprefix("val/") for each in monitors} - {TRAIN_LOSS})]))


def higher_is_better(monitor: str) -> bool:
    """Whether more of a monitored figure is better, as of ``val/f1``."""
    return monitor != TRAIN_LOSS and metric(monitor.removeprefix("val/")).higher_is_better


class _Monitored:
    """The rule that a value names a figure that is followed from epoch to epoch."""

    @property
    def text(self) -> str:
        return "one of " + ", ".join([TRAIN_LOSS, *(f"val/{name}" for name in METRICS.names())])

    def holds(self, value: Any) -> bool:
        part, _, name = str(value).partition("/")
        return value == TRAIN_LOSS or (part == "val" and METRICS.has(name))


def monitor() -> Any:
    """A dataclass field that holds the name of a figure that can be monitored."""
    return dataclasses.field(metadata={"rule": _Monitored()})
