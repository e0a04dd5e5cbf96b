"""The base class of metrics, which are figures that can be monitored from epoch to epoch, and their registry."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group
from logodds.system.errors import UserError, of_added_code

if TYPE_CHECKING:
    from logodds.system.arrays import Array

TRAIN_LOSS = "train/loss"  # the only monitor that is not a figure of the validation rows
CURVES = ("loss", "f1")  # metrics that are always computed on the validation rows


@dataclass(kw_only=True)
class Metric(Option, ABC):
    """Abstract. A figure of validation rows, with the same name for two classes and for many.

    Attributes:
        name: name by which ``train.monitor`` selects the metric, as in ``val/f1``.
        higher_is_better: whether a larger value is better.
    """

    name: str

    higher_is_better: ClassVar[bool] = True

    @abstractmethod
    def values(self, logits: Array, target: Array, threshold: float) -> Array:
        """Return the figure of K models at once [K]; NaN where it is not defined.

        Args:
            logits: log-odds [K, n] of the positive class of two, or logits [K, n, C] of many.
            target: [n], the index of each row's class.
            threshold: probability from which a row is predicted to be positive, with two classes.
        """


METRICS: Group[Metric] = Group("metric", Metric, "logodds.evaluation.metrics.monitored", "logodds.metrics")


@cache
def metric(name: str) -> Metric:
    """Return the metric with a name.

    Raises:
        UserError: there is no metric with this name.
    """
    return METRICS.option(name)(name=name)


def metric_values(name: str, logits: Array, target: Array, threshold: float) -> Array:
    """Return the values [K] of a metric, for the arguments of :meth:`Metric.values`.

    Raises:
        UserError: the metric, of another package, raises an exception or returns something else.
    """
    import numpy as np

    with of_added_code(f"metric {name}: values()", "mend it"):
        result: Array = np.asarray(metric(name).values(logits, target, threshold), dtype=np.float64)
    if result.shape != (len(logits),):
        raise UserError(f"metric {name}: values() returns shape {list(result.shape)}, not [{len(logits)}]; mend it")
    return result


def followed(monitors: Iterable[str]) -> list[str]:
    """Return the names of the metrics to compute after each epoch if these figures are monitored."""
    return list(dict.fromkeys([*CURVES, *sorted({name.removeprefix("val/") for name in monitors} - {TRAIN_LOSS})]))


def higher_is_better(monitor: str) -> bool:
    """Return whether a larger value of a monitored figure, such as ``val/f1``, is better."""
    return monitor != TRAIN_LOSS and metric(monitor.removeprefix("val/")).higher_is_better


class _Monitored:
    """The rule that a value names a figure that can be monitored."""

    @property
    def text(self) -> str:
        return "one of " + ", ".join([TRAIN_LOSS, *(f"val/{name}" for name in METRICS.names())])

    def holds(self, value: Any) -> bool:
        part, _, name = str(value).partition("/")
        return value == TRAIN_LOSS or (part == "val" and METRICS.has(name))


def monitor() -> Any:
    """Return a dataclass field for the name of a figure that can be monitored."""
    return dataclasses.field(metadata={"rule": _Monitored()})
