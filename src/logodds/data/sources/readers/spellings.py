"""Words of a category that look alike and are not: they differ in blanks, in invisible characters, or in how Unicode
composes their letters."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from contextlib import suppress

import pyarrow.compute as pc

from logodds.data.sources.readers.mistakes import YES_OR_NO
from logodds.data.sources.readers.part import Column
from logodds.data.sources.readers.vocabulary import Vocabulary
from logodds.system.terminal.text import shortened

ODD = r"[^\x00-\x7f]|\s\s|^\s|\s$|[^ \S]"  # words that may look like others
GARBLED = r"[\x{fffd}ÂÃÄÅÐÑâ]"  # signs of letters that were lost, or read in another encoding
MOST = 3  # words, and pairs of them, that a note names
WIDTH = 30  # characters of a word in a note


def notes(column: Column) -> list[str]:
    """Return notes on the words of a column that are not what they seem to be; they stay as they are."""
    distinct = column.distinct_words
    return [*_alike(column, distinct), *_cases(column, distinct), *_garbled(column, distinct)]


def _alike(column: Column, distinct: Vocabulary) -> list[str]:
    """Return a note on words that look like others."""
    odd = distinct.matching(ODD).to_pylist()
    if not odd:
        return []
    words = set(distinct.words.to_pylist())
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for word in odd:
        alike[plain(word)].append(word)
    pairs = [sorted({*found, *({look} & words)}) for look, found in alike.items()]
    pairs = [pair for pair in pairs if len(pair) > 1]
    if not pairs:
        return []
    counts = {item["values"]: item["counts"] for item in pc.value_counts(column.words).to_pylist()}
    told = "; ".join(" and ".join(f"{_shown(word)} ({counts[word]})" for word in pair[:MOST]) for pair in pairs[:MOST])
    more = f"; and {len(pairs) - MOST} more" if len(pairs) > MOST else ""
    return [f"column {column.name!r}: words look alike and are read as different ones, mend them: {told}{more}"]


def _cases(column: Column, distinct: Vocabulary) -> list[str]:
    """Return a note on words that differ in case alone, or that spell true or false in several ways. Single
    letters may be codes."""
    truths = distinct.all(YES_OR_NO)
    if not truths and pc.count_distinct(pc.utf8_lower(distinct.words)).as_py() == len(distinct):
        return []
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for word in distinct.words.to_pylist():
        alike[_truth(word.casefold()) if truths else word.casefold()].append(word)
    groups = [sorted(words) for words in alike.values() if len(words) > 1 and (truths or len(words[0]) > 1)]
    if not groups:
        return []
    counts = {item["values"]: item["counts"] for item in pc.value_counts(column.words).to_pylist()}
    told = "; ".join(
        " and ".join(f"{shortened(repr(word), WIDTH)} ({counts[word]})" for word in group[:MOST])
        for group in groups[:MOST]
    )
    more = f"; and {len(groups) - MOST} more" if len(groups) > MOST else ""
    fault = "true and false are spelt in several ways, which" if truths else "words differ in case alone and"
    return [f"column {column.name!r}: {fault} are read as different ones, write them alike: {told}{more}"]


def _garbled(column: Column, distinct: Vocabulary) -> list[str]:
    """Return a note on a word whose letters another program has lost, or read in another encoding."""
    for word in distinct.matching(GARBLED).to_pylist():
        lost = "holds U+FFFD in the place of letters that were lost" if "\ufffd" in word else None
        with suppress(UnicodeError):
            lost = lost or f"is {word.encode('cp1252').decode()!r} in UTF-8 that was read in another encoding"
        if lost:
            return [
                f"column {column.name!r}: {shortened(repr(word), WIDTH)} {lost}; write the file anew from its source"
            ]
    return []


def _truth(word: str) -> str:
    return "true" if word in ("t", "true", "y", "yes", "on") else "false"


def _shown(word: str) -> str:
    """Return a word as ASCII, in which every blank and accent is seen."""
    text = ascii(word)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def plain(word: str) -> str:
    """Return the word that all that look alike share: with composed letters, single spaces and nothing invisible."""
    visible = "".join(letter for letter in word if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFC", visible).split())
