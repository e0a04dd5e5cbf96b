"""When the next checkpoint of a training is due."""

from __future__ import annotations

from dataclasses import dataclass

SHARE = 0.1  # of the time that saving may take


@dataclass
class Saving:
    """The times of a training's checkpoints, in seconds on one clock.

    Attributes:
        ended: when the last checkpoint had been saved, or the training began.
        took: how long saving it took.
    """

    ended: float
    took: float = 0.0

    def is_due(self, now: float, seconds: float) -> bool:
        """Return whether ``seconds`` have passed since the last checkpoint, and so many more that saving takes at most
        :data:`SHARE` of the time."""
        return now - self.ended >= max(seconds, self.took * (1.0 / SHARE - 1.0))

    def saved(self, began: float, ended: float) -> None:
        """Note that a checkpoint has been saved."""
        self.ended, self.took = ended, ended - began
