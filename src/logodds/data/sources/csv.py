"""Options of a table in a file: delimited text, Parquet or Arrow."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logodds.data.problem import Problem
from logodds.data.sources.readers.delimiters import DELIMITERS
from logodds.options.overrides import as_typed
from logodds.options.rules import character, choice, number
from logodds.options.suggestion import nearest
from logodds.options.unused import Unused
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from logodds.data.table import Table

#: The keys that only delimited text has, with the values that need no note for another file.
OF_TEXT: dict[str, Any] = {
    **{"delimiter": "auto", "encoding": "auto", "quoting": "auto", "decimal": "auto", "thousands": "auto"},
    **{"header": True, "columns": [], "skip_rows": 0, "test_skip_rows": 0},
}
COMPRESSED = (".gz", ".bz2", ".zst", ".xz", ".lz4")
KINDS = ("number", "category", "text", "date", "drop")


@dataclass(kw_only=True)
class TableFile(Problem):
    """A table in a file, with a target column among others.

    The content of the file, not its name, decides how it is read. Where a key says ``auto`` the value is detected, and
    a note of the table reports the result. The keys from ``delimiter`` on apply to delimited text only, except
    ``missing`` and ``largest_bytes``.

    Attributes:
        name: as for every problem; ``auto`` is the name of the file without its ending.
        target: the column of classes.
        target_strip: characters that may end a class without being part of it.
        fold_labels: whether classes that differ only in case, spaces or the way of writing a number are one.
        drop: columns that are not read.
        kinds: column -> number, category, text, date or drop, for columns whose values alone do not show it; None for
            no such column.
        delimiter: the character between two fields, or a word for it such as ``tab``.
        encoding: the encoding of the file, as Python names it.
        quoting: ``minimal`` reads quotes around fields, and a doubled one within them as one; ``backslash`` reads a
            quote within them as \\" and a backslash as \\\\; with ``none`` a quote is a character like any other.
        decimal: whether numbers have a decimal point or a decimal comma.
        thousands: what separates thousands in numbers: comma, point, space, apostrophe or none.
        header: whether the first line names the columns.
        columns: the column names of a file without a header; an empty list names them c1, c2, ...
        skip_rows: number of lines before the header or, without a header, before the rows.
        test_skip_rows: the same for the file ``test_path``.
        missing: words that stand for a missing value, besides the empty cell. Spaces around a value are never part of
            it.
        largest_bytes: a larger file is refused before it fills the memory.
    """

    source: str = choice("csv")
    target: str
    target_strip: str
    fold_labels: bool
    drop: list[str]
    kinds: dict[str, str] | None
    delimiter: str = character("auto", *DELIMITERS)
    encoding: str
    quoting: str = choice("auto", "minimal", "backslash", "none")
    decimal: str = choice("auto", "point", "comma")
    thousands: str = choice("auto", "comma", "point", "space", "apostrophe", "none")
    header: bool
    columns: list[str]
    skip_rows: int = number(least=0)
    test_skip_rows: int = number(least=0)
    missing: list[str]
    largest_bytes: int = number(above=0)

    def __post_init__(self) -> None:
        if self.name == "auto":
            self.name = _named_by(self.path)

    @property
    def separator(self) -> str | None:
        """The character between two fields; None if it is to be detected."""
        return None if self.delimiter == "auto" else DELIMITERS.get(self.delimiter, self.delimiter)

    def read(self, split_column: str | None = None) -> Table:
        from logodds.data.sources.readers import assemble

        if split_column in self.drop or (self.kinds or {}).get(str(split_column)) == "drop":
            raise UserError(
                f"split.column={split_column}: among the columns to drop; leave it out there: a column that splits the "
                "rows is no input"
            )
        return assemble.read(self, split_column)

    def unused_of_columnar(self) -> str | None:
        """Return a note about keys that are set for delimited text, for another file; None without any."""
        keys = {f"problem.{name}": (usual,) for name, usual in OF_TEXT.items()}
        values = {f"problem.{name}": getattr(self, name) for name in OF_TEXT}
        return Unused("it states its columns and their types", keys).note(values)

    def unused(self) -> list[Unused]:
        if self.test_path is not None:
            return []
        return [Unused("problem.test_path=null", {"problem.test_skip_rows": (0,)})]

    def check(self) -> None:
        for name, kind in (self.kinds or {}).items():
            if kind not in KINDS:
                raise UserError(f"problem.kinds.{name}={kind}: unknown kind; {nearest(str(kind), KINDS)}")
        if self.target in self.drop:
            others = as_typed("problem.drop", [name for name in self.drop if name != self.target])
            raise UserError(f"problem.drop: holds the target {self.target!r}; set {others}")
        if self.target in (self.kinds or {}):
            rest = {name: kind for name, kind in (self.kinds or {}).items() if name != self.target}
            others = as_typed("problem.kinds", rest) if rest else "problem.kinds=null"
            raise UserError(f"problem.kinds: {self.target!r} is the target, whose values are classes; set {others}")
        if self.separator is not None and (not self.separator.isascii() or self.separator in '"\r\n\0'):
            raise UserError(f"problem.delimiter={self.delimiter!r}: the delimiter must be an ASCII character, no quote")
        if self.decimal == self.thousands != "auto":
            raise UserError(
                f"problem.thousands={self.thousands}: is the decimal sign too, by problem.decimal; change one of them"
            )
        if self.header and self.columns:
            raise UserError("problem.columns: names the columns of a file without a header; set problem.header=false")
        if self.classes is not None and (len(set(self.classes)) != len(self.classes) or len(self.classes) < 2):
            raise UserError(
                f"problem.classes={self.classes}: must be two or more different values, of two [negative,positive]"
            )
        if self.encoding != "auto":
            try:
                with suppress(UnicodeError):  # one byte may be half a character
                    b" ".decode(self.encoding)
            except (LookupError, ValueError) as error:
                raise UserError(
                    f"problem.encoding={self.encoding}: no such encoding; use auto, utf-8, utf-16, latin-1 or cp1252"
                ) from error


def _named_by(path: str) -> str:
    """Return a file's name without its ending, with ``-`` for what the name of a problem must not hold."""
    name = Path(path).name
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    plain = unicodedata.normalize("NFKD", Path(name).stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:64] or "csv"
