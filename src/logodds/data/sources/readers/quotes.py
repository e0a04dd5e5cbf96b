"""How the quotes of a delimited file are written: doubled within quoted fields, or escaped by a backslash."""

from __future__ import annotations

import re
from itertools import islice

from logodds.data.sources.readers.content import Content
from logodds.data.sources.readers.delimiters import DELIMITERS

DOUBLED = r'"[^"]*(?:""[^"]*)*"'  # a quoted field of RFC 4180
ESCAPED = r'"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"'  # one in which a backslash stands before quotes, as Spark and MySQL write


def plain(content: Content, wanted: str, separator: str | None, skip: int) -> tuple[Content, str | None]:
    """Return the text with all quotes doubled within quoted fields, and a note if they were not and this was detected.

    Args:
        content: the text.
        wanted: the option ``problem.quoting``.
        separator: the character between two fields; None if it is to be detected.
        skip: number of lines before the header, which stay as they are.
    """
    if wanted not in ("auto", "backslash") or not content.holds('\\"'):
        return content, None
    with content.text() as file:
        before = "".join(islice(file, skip))
        text = file.read()
    ends = "".join(DELIMITERS.values()) if separator is None else separator
    # In no text can every quote be explained in both ways: a quote after a backslash ends a field, or it does not.
    if wanted == "auto" and stray(text, ESCAPED, ends) >= stray(text, DOUBLED, ends):
        return content, None
    note = "quotes escaped by backslashes" if wanted == "auto" else None
    return Content(content.path, "utf-8", (before + rewritten(text, ends)).removeprefix("\ufeff").encode()), note


def stray(text: str, field: str, separators: str) -> int:
    """Return how many quotes neither open nor close a field, nor are written within one as ``field`` describes."""
    return sum(match[1] is not None for match in _fields(field, separators).finditer(text))


def rewritten(text: str, separators: str) -> str:
    """Return the text with doubled quotes in the place of escaped ones, within quoted fields."""

    def doubled(match: re.Match[str]) -> str:
        return match[0] if match[1] else re.sub(r'\\(["\\])', lambda mark: mark[1] * (1 + (mark[1] == '"')), match[0])

    return _fields(ESCAPED, separators).sub(doubled, text)


def _fields(field: str, separators: str) -> re.Pattern[str]:
    """Return the expression of a quoted field or, as its group 1, of a quote that is none of one."""
    end = rf"[{re.escape(separators)}\r\n]"
    return re.compile(rf'(?:\A|(?<={end})){field}(?={end}|\Z)|(")', re.DOTALL)
