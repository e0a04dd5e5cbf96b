"""Keys that have no effect because of the value of another key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Unused:
    """Keys that have no effect, whatever their values, and why.

    A limit that is not reached, such as ``train.patience`` or ``problem.largest_rows``, is not unused.

    Attributes:
        cause: the value of the other key and what it does, such as ``optim=newton takes all rows in each step``.
        keys: the Hydra keys, each with the values that need no note. The first of these values is the one in ``conf/``;
            it stands for every value where configurations are compared, so that those of equal results are equal.
    """

    cause: str
    keys: Mapping[str, Sequence[Any]]

    def note(self, values: Mapping[str, Any]) -> str | None:
        """Return a note about the keys whose values look as if they were meant to have an effect; None without any.

        Args:
            values: all values of the configuration by Hydra key.
        """
        meant = [key for key, usual in self.keys.items() if values[key] not in usual]
        return (
            f"{self.cause}: {', '.join(f'{key}={_shown(values[key])}' for key in meant)} without effect"
            if meant
            else None
        )


def _shown(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
