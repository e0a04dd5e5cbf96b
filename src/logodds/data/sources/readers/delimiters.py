"""The characters that may separate the fields of delimited text, by the words for them.

The words are needed because a shell gives some of the characters another meaning.
"""

from __future__ import annotations

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
