"""How the quotes of a delimited file are written: doubled within quoted fields, or escaped by a backslash; right beside
the delimiters, or with spaces between."""

from __future__ import annotations

import re
from itertools import islice

from logodds.data.sources.readers.content import Content
from logodds.data.sources.readers.delimiters import DELIMITERS

DOUBLED = r'"[^"]*(?:""[^"]*)*"'  # a quoted field of RFC 4180
ESCAPED = r'"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"'  # one in which a backslash stands before quotes, as Spark and MySQL write
SPACES = " *"  # that may stand around a quoted field


def plain(content: Content, wanted: str, separator: str | None, skip: int) -> tuple[Content, str | None]:
    """Return the text with all quotes doubled within quoted fields, which begin and end at a delimiter, and a note if
    they were not and this was detected.

    Args:
        content: the text.
        wanted: the option ``problem.quoting``.
        separator: the character between two fields; None if it is to be detected.
        skip: number of lines before the header, which stay as they are.
    """
    escapes = wanted in ("auto", "backslash") and content.holds('\\"')
    spaces = wanted != "none" and (content.holds(' "') or content.holds('" '))
    if not escapes and not spaces:
        return content, None
    with content.text() as file:
        before = "".join(islice(file, skip))
        text = file.read()
    ends = "".join(DELIMITERS.values()) if separator is None else separator
    fields = [ESCAPED] if wanted == "backslash" and escapes else [DOUBLED, ESCAPED] if escapes else [DOUBLED]
    if spaces and _spaced(ends).search(text):
        fields += [f"{SPACES}{field}{SPACES}" for field in fields]
    # In no text can every quote be explained in several ways: a quote after a backslash ends a field, or it does not.
    field = min(fields, key=lambda each: stray(text, each, ends)) if len(fields) > 1 else fields[0]
    if field == DOUBLED:
        return content, None
    notes = ["quotes escaped by backslashes"] * (ESCAPED in field and wanted == "auto")
    notes += ["quoted fields with spaces around them"] * field.startswith(SPACES)
    new = (before + rewritten(text, field, ends)).removeprefix("\ufeff").encode()
    return Content(content.path, "utf-8", new), ", ".join(notes) or None


def stray(text: str, field: str, separators: str) -> int:
    """Return how many quotes neither open nor close a field, nor are written within one as ``field`` describes."""
    return sum(match[1] is not None for match in _fields(field, separators).finditer(text))


def rewritten(text: str, field: str, separators: str) -> str:
    """Return the text with quoted fields, written as ``field`` describes, in the form of :data:`DOUBLED`."""

    def doubled(match: re.Match[str]) -> str:
        if match[1]:
            return match[0]
        quoted = match[0].strip(" ")
        return (
            re.sub(r'\\(["\\])', lambda mark: mark[1] * (1 + (mark[1] == '"')), quoted) if ESCAPED in field else quoted
        )

    return _fields(field, separators).sub(doubled, text)


def _fields(field: str, separators: str) -> re.Pattern[str]:
    """Return the expression of a quoted field or, as its group 1, of a quote that is none of one."""
    end = _end(separators)
    return re.compile(rf'(?:\A|(?<={end})){field}(?={end}|\Z)|(")', re.DOTALL)


def _spaced(separators: str) -> re.Pattern[str]:
    """Return the expression of a quote with spaces between it and the beginning or the end of a field."""
    end = _end(separators)
    return re.compile(rf'(?:\A|{end}) +"|" +(?:{end}|\Z)')


def _end(separators: str) -> str:
    return rf"[{re.escape(separators)}\r\n]"
