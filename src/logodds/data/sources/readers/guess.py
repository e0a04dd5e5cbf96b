"""Guess the encoding of a text that is not UTF-8 and has no byte-order mark."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

LETTERS = "".join(map(chr, (*range(0xC0, 0xD7), *range(0xD8, 0xF7), *range(0xF8, 0x100)))) + "ŠŒŽšœžŸƒ"
CAPITALS = "".join(filter(str.isupper, LETTERS))
# Where Western text in other encodings, or other text, is read as Western text of Windows: a symbol or a capital letter
# within a word, or four accented letters and symbols side by side.
ODD = re.compile(
    rf"(?<=[A-Za-z])[\u00a1-\u00a6\u00a8-\u00a9\u00ab-\u00ac\u00ae-\u00b6\u00b8-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    rf"\u02c6\u02dc\u201a\u201c-\u201e\u2020-\u203a\u20ac\u2122](?=[A-Za-z])|(?<=[a-z])[{CAPITALS}](?=[a-z])"
    r"|[^\x00-\x7f\s](?P<first>[^\x00-\x7f\s])(?!(?P=first))[^\x00-\x7f\s]{2,}"
)
OTHER = re.compile(r"[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*")  # a word with other letters than ASCII
MOST_ODD = 0.1  # share of the places with other letters than ASCII that may look so in Western text
CONTROLS = re.compile("[\x80-\x9f]")  # C1, which no text has
LIKELY = ["cp1250", "cp1251", "cp1253", "cp1255", "cp1256", "cp1257", "cp874", "iso8859_2", "koi8_r"]
OF_SEVERAL_BYTES = ["cp932", "euc_jp", "cp949", "gb18030", "big5"]
LIKELY += ["cp437", "cp850", "cp852", "cp866", "mac_roman", *OF_SEVERAL_BYTES]


def western(lines: bytes) -> bool:
    """Return whether lines read as Western text of Windows (cp1252)."""
    try:
        text = lines.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return len(ODD.findall(text)) <= MOST_ODD * len(re.findall(r"[^\x00-\x7f]+", text))


def likely(lines: bytes) -> tuple[bool, dict[str, str]]:
    """Return likely encodings, the likeliest first, with how each reads the first word that is not ASCII.

    Also return whether the first is certain: its words are those of a language, more than in any other encoding.
    """
    from charset_normalizer import from_bytes

    texts = {codec: text for codec in LIKELY if (text := _decoded(lines, codec)) is not None}
    matches = [match for match in from_bytes(lines, cp_isolation=LIKELY) if match.encoding in texts]
    rivals = [match.coherence for match in matches[1:] if str(match) != str(matches[0])]
    certain = bool(matches) and matches[0].coherence > max([0.0, *rivals])
    ranked = [match.encoding for match in matches if match.coherence > 0.0]
    ranked += [codec for codec, text in texts.items() if all(map(_is_word, OTHER.findall(text)))]
    ranked += [match.encoding for match in matches]
    found: dict[str, str] = {}
    for codec in ranked:
        word = OTHER.findall(texts[codec])[0]
        if word not in found.values():
            found[codec] = word
    return certain, found


def _decoded(lines: bytes, codec: str) -> str | None:
    try:
        text = lines.decode(codec)
    except UnicodeDecodeError:
        return None
    return None if CONTROLS.search(text) else text


def _is_word(text: str) -> bool:
    """Return whether letters are of one script, and capitals are not within."""
    letters = re.sub(r"[\x00-@\[-`{-\x7f]", "", text)
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
    mixed = any(one.islower() and other.isupper() for one, other in pairwise(letters))
    return letters.isalpha() and len(scripts) == 1 and not mixed
