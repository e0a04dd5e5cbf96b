"""Shown output against printed output, where what may differ from machine to machine is masked.

- A line ``...`` stands for any number of lines, and ``...`` within a line for any text.
- Eight or more hexadecimal digits are an id or a digest. Another may stand in its place, everywhere the same; six or
  seven that one begins with go with it.
- The number of an experiment in an address may be another.
- A number with a decimal point may be 1 % and 0.0003 away, a whole number from 100 on 2 %: processors round in
  different ways.
- ``/home/me/logodds`` stands for the project's folder; spaces at the end of a line do not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

HOME = "/home/me/logodds"
HEXADECIMAL = r"\b(?=[a-f]*\d)[0-9a-f]"  # digits of an id: not a word, such as "faded"
TOKEN = re.compile(
    rf"(?P<any>\.\.\.)|(?P<experiment>/experiments/\d+/)|(?P<id>{HEXADECIMAL}{{8,}}\b)|(?P<short>{HEXADECIMAL}{{6,7}}\b)"
    r"|(?P<number>\b\d+(?:\.\d+)?\b)"
)
ANY_LINES = "..."


def compare(shown: Sequence[str], printed: Sequence[str], ids: dict[str, str]) -> None:
    """Extend ``ids``, from those shown to those printed, by those of these lines.

    Raises:
        ValueError: a line that is shown and was not printed, or the other way round.
    """
    rest = [line.rstrip() for line in printed]
    free = False  # whether lines may be left out here
    for line in map(str.rstrip, shown):
        if line == ANY_LINES:
            free = True
            continue
        for skipped, real in enumerate(rest if free else rest[:1]):
            found = _match(line, real, ids)
            if found is not None:
                ids.update(found)
                rest = rest[skipped + 1 :]
                break
        else:
            raise ValueError(f"shown, but not printed: {line!r}; printed from there on: {rest[:40]}")
        free = False
    if rest and not free:
        raise ValueError(f"printed, but not shown: {rest[0]!r}; write ... for lines that are left out")


def _match(shown: str, printed: str, ids: dict[str, str]) -> dict[str, str] | None:
    """The ids of a line, None if it is another line."""
    pattern, kinds, last = "", [], 0
    for token in TOKEN.finditer(shown):
        kind = str(token.lastgroup)
        pattern += re.escape(shown[last : token.start()])
        pattern += {
            "any": "(.*)",
            "experiment": r"(/experiments/\d+/)",
            "id": f"([0-9a-f]{{{len(token[0])}}})",
            "short": f"({re.escape(with_real_ids(token[0], ids))})",
            "number": r"(\d+(?:\.\d+)?)",
        }[kind]
        kinds.append((kind, token[0]))
        last = token.end()
    line = re.fullmatch(pattern + re.escape(shown[last:]), printed)
    if line is None:
        return None
    found: dict[str, str] = {}
    for (kind, expected), real in zip(kinds, line.groups(), strict=True):
        if kind == "number" and not _close(expected, real):
            return None
        if kind == "id":
            if ({**ids, **found}).get(expected, real) != real:
                return None
            found[expected] = real
    return found


def _close(expected: str, real: str) -> bool:
    if ("." in expected) != ("." in real):
        return False
    a, b = float(expected), float(real)
    if "." in expected:
        return abs(a - b) <= 0.0003 + 0.01 * abs(a)
    return abs(a - b) <= (0.02 * a if a >= 100 else 0.0)


def with_real_ids(text: str, ids: dict[str, str]) -> str:
    """A command or program with the ids that were printed in place of those shown, or of their first six characters."""

    def real(found: re.Match[str]) -> str:
        whole = [other for shown, other in ids.items() if shown.startswith(found[0])]
        return whole[0][: len(found[0])] if whole else found[0]

    return re.sub(r"\b[0-9a-f]{6,}\b", real, text)
