"""What a column of a file turns out to hold."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from logodds.options.overrides import as_typed


@dataclass(frozen=True)
class Typed:
    """A column with the Arrow type of its kind.

    Attributes:
        values: its values.
        note: what a user should know about how they were read; None for nothing.
        form: the format of dates that are words, see ``timestamps.py``.
    """

    values: pa.ChunkedArray
    note: str | None = None
    form: str = ""


class LeftOut(Exception):  # noqa: N818  # not an error: the caller tells it and goes on without the column
    """A column from which no model should learn, such as an identifier, or that none can read.

    Attributes:
        kinds: the kinds as which it is read if the user states one.
        splits_as: the kind as which it is read if it splits the rows, because then it is no input.
        remark: what else a user should know about it.
    """

    def __init__(
        self, reason: str, kinds: tuple[str, ...] = (), splits_as: str = "category", remark: str | None = None
    ) -> None:
        super().__init__(reason)
        self.kinds = kinds
        self.splits_as = splits_as
        self.remark = remark

    def note(self, name: str) -> str:
        """Return the note on the column of this name, with what to type to have it read."""
        note = f"column {name!r} {self}: left out"
        if self.kinds:
            kind, *others = self.kinds
            note += f"; keep it with {as_typed('problem.kinds', {name: kind})}"
            note += f" (or {' or '.join(others)})" if others else ""
        return f"{note}; {self.remark}" if self.remark else note
