"""Read the target column into classes and the index of the class of each row."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logodds.data.missing import ELSEWHERE
from logodds.data.problem import MOST_CLASSES
from logodds.data.sources.readers.part import RowOrigins
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError, counted
from logodds.system.terminal.text import shortened

if TYPE_CHECKING:
    from logodds.data.sources.csv import TableFile

# More different numbers than this are a measurement and not classes, if some have a fraction or most rows differ.
MOST_NUMBERS = 20
MOST_LISTED = 8  # classes that a line names
FEW_SPELLINGS = 3  # spellings of a class that a message lists
WIDTH = 24  # characters of a class in a line that names several


@dataclass(frozen=True)
class Target:
    """The classes of a problem and of each of its rows.

    Attributes:
        rows: [n] numbers of the rows that are part of the problem.
        codes: [n] int64, the index of each row's class in ``classes``.
        classes: names of the classes.
        notes: what a user should know, such as the size of each class; one line per note.
    """

    rows: NDArray[np.int64]
    codes: NDArray[np.int64]
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def read(options: TableFile, column: pa.ChunkedArray, raw: pa.ChunkedArray, train: int, origin: RowOrigins) -> Target:
    """Return the classes, from the options or else sorted, and the class of each row.

    Args:
        options: the classes and how they are spelt.
        column: the target, null for words that mean missing.
        raw: the target before such words became null.
        train: how many of the first rows are the train part, which decides on the classes.
        origin: where the rows lie, for messages.

    Raises:
        UserError: a value is missing; there is one class, or more than 256; the target is a measurement; one class has
            several spellings; the test part has a class that the train part lacks; or no row has a class that the
            options name.
    """
    subject = f"{origin.paths[0]}: target {options.target!r}"
    words = _words(column, subject)
    if options.target_strip:
        words = pc.utf8_trim_whitespace(pc.utf8_rtrim(words, options.target_strip))
    blank = pc.equal(pc.utf8_trim_whitespace(words), "")  # a file that states its types may hold such words
    absent = np.flatnonzero(pc.fill_null(blank, True).to_numpy())
    if len(absent):
        _refuse_missing(options, absent, raw, origin)
    encoded = words.combine_chunks().dictionary_encode()
    names: list[str] = encoded.dictionary.to_pylist()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    counts = dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))
    folded = _folded(options, counts, subject)
    train_counts: Counter[str] = Counter()
    for name, count in zip(names, np.bincount(codes[:train], minlength=len(names)).tolist(), strict=True):
        if count:
            train_counts[folded[name]] += count
    classes = (
        _configured_classes(options, train_counts)
        if options.classes
        else _inferred_classes(train_counts, train, subject)
    )
    index_of = {name: index for index, name in enumerate(classes)}
    _refuse_unseen(options, {folded[name] for name in names} - train_counts.keys(), classes, origin)
    mapped = np.array([index_of.get(folded[name], -1) for name in names], dtype=np.int64)[codes]
    rows = np.flatnonzero(mapped >= 0)
    return Target(rows, mapped[rows], classes, tuple(_notes(options, classes, mapped, train_counts)))


def _refuse_missing(
    options: TableFile, absent: NDArray[np.int64], raw: pa.ChunkedArray, origin: RowOrigins
) -> NoReturn:
    message = f"target {options.target!r} is missing in {counted(len(absent), 'row')} ({origin.described(absent)})"
    remedy = "fill or remove them"
    words = pc.drop_null(raw.take(pa.array(absent)).cast(pa.string()))
    words = pc.utf8_trim_whitespace(words).to_pylist()
    if any(words):
        message += f", as {next(filter(None, words))!r} means missing"
        values = [word for word in options.missing if word not in words]
        remedy += f", or set {as_typed('problem.missing', values)} where it is a class"
    raise UserError(f"{origin.locate(absent[0])[0]}: {message}; {remedy}")


def _words(column: pa.ChunkedArray, subject: str) -> pa.ChunkedArray:
    """Return the target as words; ``subject`` begins the messages."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        if pa.types.is_floating(kind):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
        try:
            return column.cast(pa.int64()).cast(pa.string())  # 1.0 is the class 1
        except pa.ArrowInvalid:
            return (column.cast(pa.float64(), safe=False) if pa.types.is_decimal(kind) else column).cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    raise UserError(f"{subject} holds {kind} values, which are no classes; choose another column")


def _folded(options: TableFile, counts: dict[str, int], subject: str) -> dict[str, str]:
    """Map each value to its class: the most frequent of the spellings that mean the same."""
    spellings: dict[object, list[str]] = defaultdict(list)
    for name in counts:
        plain = _plain(name)
        number = _number(plain)
        spellings[plain if number is None else number].append(name)
    folded: dict[str, str] = {}
    for names in spellings.values():
        best = max(names, key=lambda name: counts[name])
        if len(names) > 1 and not options.fold_labels:
            alike = len({unicodedata.normalize("NFC", name) for name in names}) < len(names)
            some = {name: ascii(name) if alike else repr(name) for name in sorted(names)[:FEW_SPELLINGS]}
            many = ", ".join(f"{shortened(word, WIDTH)}: {counts[name]}" for name, word in some.items())
            raise UserError(
                f"{subject} spells one class in several ways ({many}); mend them or set problem.fold_labels=true"
            )
        folded |= dict.fromkeys(names, best)
    return folded


def _plain(name: str) -> str:
    """Return the word that all spellings of one class share.

    It has no format characters, such as the invisible zero-width space, no spaces around it and no capitals, and its
    letters and accents are composed by NFKC (Unicode Standard Annex 15).
    """
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).strip().casefold())


def _configured_classes(options: TableFile, counts: Counter[str]) -> tuple[str, ...]:
    """Return the classes of the options, and check that rows have them."""
    classes = tuple(_as_found(name, counts) for name in options.classes or ())
    if len(classes) > MOST_CLASSES:
        raise UserError(f"problem.classes: {len(classes)} classes, at most {MOST_CLASSES}")
    for name in classes:
        if name not in counts:
            raise UserError(f"problem.classes: no row has {options.target}={name}; found {_listed(counts)}")
    return classes


def _as_found(name: str, counts: Counter[str]) -> str:
    """Return the name of a class with the quotes that it has in the rows: Hydra takes those away that are typed."""
    return next((text for text in (name, f'"{name}"', f"'{name}'") if text in counts), name)


def _inferred_classes(counts: Counter[str], rows: int, subject: str) -> tuple[str, ...]:
    """Return the values of the target as classes, sorted, and check that they can be classes."""
    if len(counts) == 1:
        raise UserError(
            f"{subject} has one class ({_listed(counts)}), a problem needs two or more; choose another column"
        )
    numbers = [_number(name) for name in counts]
    if all(number is not None for number in numbers):
        fractions = any(number is not None and number != number.to_integral_value() for number in numbers)
        if len(counts) > MOST_NUMBERS and (fractions or len(counts) > min(rows / 2, MOST_CLASSES)):
            _refuse_measurement(counts, subject)
        return tuple(sorted(counts, key=Decimal))
    if len(counts) > MOST_CLASSES:
        raise UserError(
            f"{subject} has {len(counts)} classes, at most {MOST_CLASSES}; choose some with problem.classes=[a,b,…]"
        )
    return tuple(sorted(counts))


def _refuse_measurement(counts: Counter[str], subject: str) -> NoReturn:
    some = ", ".join(list(counts)[:3])
    raise UserError(
        f"{subject} has {len(counts)} different numbers ({some}, …), a measurement and no class; "
        "choose another column, or cut it into classes"
    )


def _refuse_unseen(options: TableFile, unseen: set[str], classes: tuple[str, ...], origin: RowOrigins) -> None:
    """Raise an error if the test part has a class that is part of the problem, but not in the train part, whose classes
    are ``classes``."""
    wanted = unseen if options.classes is None else unseen & set(options.classes)
    if wanted:
        typed = as_typed("problem.classes", classes) if len(classes) <= MOST_LISTED else "problem.classes"
        raise UserError(
            f"{origin.paths[-1]}: class {shortened(min(wanted), WIDTH)!r} of {options.target!r} is in no row of "
            f"{origin.paths[0].name}; mend the label, or leave it out with {typed}"
        )


def _notes(options: TableFile, classes: tuple[str, ...], mapped: NDArray[np.int64], counts: Counter[str]) -> list[str]:
    """Return notes on the size of each class and on rows of other classes."""
    sizes = np.bincount(mapped[mapped >= 0], minlength=len(classes)).tolist()
    listed = ", ".join(
        f"{shortened(name, WIDTH)} {size}" for name, size in list(zip(classes, sizes, strict=True))[:MOST_LISTED]
    )
    more = f", … ({len(classes)} classes)" if len(classes) > MOST_LISTED else ""
    positive = f" (positive: {shortened(classes[1], WIDTH)})" if len(classes) == 2 else ""
    notes = [f"target {options.target}: {listed}{more}{positive}"]
    notes += _missing_elsewhere(options, classes)
    left_out = int((mapped < 0).sum())
    if left_out:
        others = Counter({name: count for name, count in counts.items() if name not in classes})
        notes.append(f"{counted(left_out, 'row')} of other classes left out ({_listed(others)})")
    return notes


def _missing_elsewhere(options: TableFile, classes: tuple[str, ...]) -> list[str]:
    """Return a note on classes that were found and mean missing in files of some programs."""
    suspect = [name for name in classes if name in ELSEWHERE and (name != "-" or "+" not in classes)]
    if not suspect or options.classes is not None:
        return []
    others = [name for name in classes if name not in suspect]
    leave = f" with {as_typed('problem.classes', others)}" if 2 <= len(others) <= MOST_LISTED else ""
    return [
        f"target {options.target}: {', '.join(map(repr, suspect))} counts as a class; where it means missing, leave "
        f"those rows out{leave}"
    ]


def _listed(counts: Counter[str]) -> str:
    shown = [f"{shortened(name, WIDTH)}: {count}" for name, count in sorted(counts.items())[:MOST_LISTED]]
    return ", ".join(shown) + (", …" if len(counts) > MOST_LISTED else "")


def _number(text: str) -> Decimal | None:
    """Return a finite number with all its digits, or None."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
