"""Recognise numbers that are not written plainly: with a currency, a unit, a mark, other digits or a sign elsewhere."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow.compute as pc

from logodds.data.sources.readers.vocabulary import Vocabulary

MINUS = "\u2212"
SIGN = r"[+\-\x{2212}]?"
SPACE = r"[\s\p{Z}]?"
DIGIT = r"\p{Nd}"
# As in -$1,234.50, 152 cm, 1.2%, 1.234 EUR, 5 km/h, (14), 2.15-, <0.05, ~8, 15*, 3+.
PATTERN = (
    rf"^(?P<mark>\(?(?:<=|>=|[<>~\x{{2248}}\x{{2264}}\x{{2265}}])?){SPACE}{SIGN}"
    rf"(?P<before>(?:\p{{Sc}}|[A-Z]{{3}}[ \x{{a0}}])?){SPACE}{SIGN}"
    rf"(?P<number>(?:{DIGIT}{{1,3}}(?:[.,'\x{{2019}}\x{{66c}}\p{{Z}}]{DIGIT}{{3}})+(?:[.,]{DIGIT}+)?"
    rf"|{DIGIT}+(?:[.,\x{{66b}}]{DIGIT}*)?|[.,]{DIGIT}+)(?:[eE]{SIGN}{DIGIT}+)?)"
    rf"{SPACE}(?P<after>(?:[%\x{{2030}}\p{{Sc}}\x{{b0}}]?"
    r"(?:\p{L}{1,6}[23\x{b2}\x{b3}]?(?:/\p{L}{1,4}[23\x{b2}\x{b3}]?)?)?))"
    rf"{SPACE}(?P<end>[*+\-\x{{2212}}\x{{2020}}\x{{2021}})]{{0,3}})$"
)
SCALES = {"k", "m", "g", "b", "t", "bn", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "mio", "mrd", "tsd"}


@dataclass(frozen=True)
class Marked:
    """Numbers of a column that are written in the same way, which is not plain.

    Attributes:
        words: the different ones.
        unit: the kind of their currency or unit; empty if they differ from plain numbers in other marks alone.
        fault: what is wrong with the first of them, and what to write instead.
        mixed: whether they have different currencies or units.
    """

    words: list[str]
    unit: str
    fault: str
    mixed: bool

    def told(self, beside_others: bool) -> str:
        """Return the fault, given whether other numbers of the column have another unit or none."""
        if self.unit and (self.mixed or beside_others):
            return self.fault.replace("; write it without", "; write all numbers in one unit, without it")
        return self.fault


def groups(distinct: Vocabulary, words: Iterable[str]) -> list[Marked]:
    """Return the words that are numbers with marks, by their kind of currency or unit, larger groups first.

    Args:
        distinct: the words of the column.
        words: those of them to look at, which are no plain numbers.
    """
    found: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
    parts_of = distinct.parts(PATTERN)
    for word in words:
        parts = parts_of.get(word)
        if parts is not None and parts["mark"].startswith("(") == parts["end"].endswith(")"):
            found[_unit(parts)].append((word, parts))
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return [
        Marked(
            [word for word, _ in group],
            unit,
            _fault(*group[0]),
            len({(parts["before"].strip(), parts["after"]) for _, parts in group}) > 1,
        )
        for unit, group in ordered
    ]


def most(distinct: Vocabulary, usual: str) -> tuple[Marked, str] | None:
    """Return the numbers of a column that are the most frequent of those with marks, and what is wrong with them; None
    if they and plain numbers are not most of the words.

    Args:
        distinct: the words of the column.
        usual: the pattern of plain numbers.
    """
    plain = distinct.like(usual)
    like = distinct.words.filter(pc.and_not(distinct.like(PATTERN), plain))
    found = groups(distinct, like.to_pylist())
    if not found:
        return None
    count = plain.true_count
    odd = len(distinct) - count
    signs = sum(len(group.words) for group in found if not group.unit)
    marked = sum(len(group.words) for group in found)
    largest = found[0]
    numbers = count + signs + (len(largest.words) if largest.unit else 0)
    others = odd - marked  # words such as A-17: where they are more, the column holds codes
    if numbers <= len(distinct) / 2 or len(largest.words) <= marked / 2 or len(largest.words) < others:
        return None
    return largest, largest.told(count > 0 or len(found) > 1)


def _unit(parts: dict[str, str]) -> str:
    """Return what kind of currency or unit a number has; empty for none."""
    before, after = parts["before"].strip(), parts["after"]
    if before or any(unicodedata.category(character) == "Sc" for character in after):
        return "currency"
    return "scale" if after.lower() in SCALES else after


def _fault(word: str, parts: dict[str, str]) -> str:
    """Return what is wrong with a number, and what to write instead."""
    number, end = parts["number"], parts["end"]
    plain = "".join(str(unicodedata.digit(character)) if character.isdecimal() else character for character in number)
    plain = plain.replace("\u066b", ".").replace("\u066c", "")
    affixes = [mark.strip() for mark in (parts["before"], parts["after"]) if mark]
    if affixes:
        return f"a number with {' and '.join(map(repr, affixes))}; write it without"
    if plain != number:
        return f"a number in other digits than 0 to 9; write {plain}"
    if parts["mark"] == "(":
        return f"a negative number in parentheses; write -{number}"
    if end in ("-", MINUS):
        return f"a number with its minus at the end; write -{number}"
    if MINUS in word:
        return "a number with the sign U+2212; write its minus as -"
    marks = [mark for mark in (parts["mark"], end) if mark]
    return f"a number with {' and '.join(map(repr, marks)) or 'separators'}; write it without"
