"""The characters that stand between two fields of delimited text, by the words for them: a shell would take some of the
characters for its own."""

from __future__ import annotations

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
