"""Recognise words that look like dates or quantities in a form that is not read, so that they do not become categories
or texts without a word."""

from __future__ import annotations

import re
from itertools import zip_longest

from logodds.data.sources.readers.vocabulary import Vocabulary

MONTH = (
    r"(?:jan|feb|febr|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august"
    r"|september|october|november|december|jän|januar|februar|mär|märz|mrz|mai|juni|juli|okt|oktober|dez|dezember"
    r"|janv|janvier|févr|février|fev|mars|avr|avril|juin|juil|juillet|août|aout|septembre|octobre|novembre|déc|décembre"
    r"|ene|enero|febrero|marzo|abr|abril|mayo|junio|julio|ago|agosto|septiembre|octubre|noviembre|dic|diciembre)\.?"
)
DAY = r"(?:mon|tue|tues|wed|thu|thurs|fri|sat|sun)(?:[a-z]*day)?"
YEAR = r"(?:1[5-9]\d\d|2[01]\d\d)"
GAP = r"[ ./-]"
DATES = [
    # Apr-20, 5-Apr, April 2020, 12. März 2024, 2020-Apr, Mon, Jan 5 2024, Monday 5 January 2024 10:00 GMT
    rf"(?:{DAY},? )?(?:\d{{1,2}}(?:st|nd|rd|th)?[ .-]{{1,2}})?{MONTH}(?:{GAP}|, | '|')?\d{{1,4}}(?:st|nd|rd|th)?"
    rf"(?:,? {YEAR})?(?:[ T,]+\d{{1,2}}:\d\d.*)?",
    rf"\d{{1,2}}(?:{GAP}|\. )?{MONTH}",
    rf"{YEAR}{GAP}?{MONTH}(?:{GAP}\d{{1,2}})?",
    rf"(?:Q[1-4]|[1-4]Q|W\d\d|H[12]|S[12]){GAP}?'?(?:{YEAR}|\d\d)",  # Q3 2021, 3Q21
    rf"{YEAR}{GAP}?(?:Q[1-4]|[1-4]Q|W\d\d(?:-\d)?|H[12]|S[12]|M\d\d)",  # 2021Q3, 2021-W05
    rf"{YEAR}[/.-](?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])[/.-]{YEAR}",  # 2021-03, 3/2021
    rf"{YEAR}[/.-]\d{{1,2}}[/.-]\d{{1,2}}(?:[ T].*)?",  # 2021-3-5, 2021-03-05 10:00 UTC
    rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:{YEAR}|\d\d)(?:[ T,].*)?",  # 1.10.24, 31.12.2024 10:00+01:00
]
DATE = rf"^(?i:{'|'.join(DATES)})$"
OF_EXCEL = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
BY_EXCEL = rf"^(?:\d{{1,2}}-{OF_EXCEL}|{OF_EXCEL}-\d\d)$"
NUMBER = r"\p{Nd}+(?:[.,'\x{2019}]\p{Nd}+)*"
BEGINS = rf"^[^\p{{L}}\p{{Nd}}]{{0,3}}{NUMBER}"  # as 5 lb 3 oz, 4'11", 0.2 ± 0.1, 2 days 03:00:00, 1.4.22
PLAIN = r"[+-]?\d*([.,]\d{3})*([.,]\d+)?(e[+-]?\d+)?"  # what needs no showing
MOST = 0.9  # share of the words that look so
FEWEST_DATES = 3  # different words
FEW_NUMBERS = 20  # different words of this many numbers may still be levels, such as 0-4, 5-9 and 10-14
MOST_SHAPES = 6  # of quantities, apart from their numbers; addresses and codes have more


def looks(distinct: Vocabulary) -> str | None:
    """Return what the words of a column look like and what to do; None if they look like neither dates nor quantities.

    Args:
        distinct: the words of the column, which are no numbers or dates that are read; the first of them are looked at.
    """
    some = distinct.first
    words = some.matching(DATE).to_pylist()
    if len(some) >= FEWEST_DATES and len(words) >= MOST * len(some):
        found = f"its words look like dates of a form that is not read, as {words[0]!r}"
        return f"{found}; to have them read as dates, write them as 2024-12-31"
    turned = some.matching(BY_EXCEL).to_pylist()
    if 0 < len(turned) <= len(some) / 2:
        return f"among its words is {turned[0]!r}, as Excel writes names and ranges that it takes for dates; mend them"
    words = some.matching(BEGINS).to_pylist()
    if len(some) <= FEW_NUMBERS or len(words) < MOST * len(some):
        return None
    first = next((word for word in words if not re.fullmatch(PLAIN, word)), None)
    if first is None:
        odd = next((word for word in some.words.to_pylist() if word not in words), None)
        return odd and f"its words are numbers but for {odd!r}; to have numbers, write one there or nothing"
    if not _may_be_quantities(words):
        return None
    return f"its words begin with numbers, as {first!r}; where they are quantities, write plain numbers in one unit"


def _may_be_quantities(words: list[str]) -> bool:
    """Return whether words are of a few shapes. Those of one shape in which one number counts, as in 192.168.0.7 and
    192.168.0.8, are codes."""
    shapes = {re.sub(r"\d+([.,'\u2019]\d+)*", "9", word) for word in words}
    numbers = list({tuple(re.findall(r"\d+", word)) for word in words})
    counting = len(shapes) == 1 and sum(len(set(each)) > 1 for each in zip_longest(*numbers)) == 1
    return len(shapes) <= MOST_SHAPES and not counting
