"""Blocks that are not run: Python's syntax, and of commands the shell's syntax, files, targets, keys and values."""

from __future__ import annotations

import itertools
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator

from conftest import ROOT
from docs.pages import Block, commands
from hydra.core.override_parser.overrides_parser import OverridesParser

from logodds.commands.console import COMMANDS
from logodds.runs.compose import compose

ASSIGNED = re.compile(r"[A-Z_]+=.*")


def check_block(block: Block) -> None:
    """Check a block without running it.

    Raises:
        SyntaxError: of Python.
        ValueError: as :func:`check`.
        UserError: as :func:`check`.
    """
    if block.language == "python":
        compile(block.text, block.place, "exec")
    else:
        for command in commands(block):
            check(command.text)


def check(command: str) -> None:
    """Check a line without running it.

    Raises:
        ValueError: the shell does not understand it, or it names a script, target or extra that is not there.
        UserError: an override that a training would refuse.
    """
    shell = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True)
    if shell.returncode or shell.stderr:
        raise ValueError(f"{command}: {shell.stderr}")
    for words in _simple(command):
        _check_words(words)


def _simple(command: str) -> Iterator[list[str]]:
    """The words of each simple command of a line."""
    words = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=True)
    words.whitespace_split = True
    for between, group in itertools.groupby(words, lambda word: word in ("&", "&&", ";")):
        if not between:
            yield list(group)


def _check_words(words: list[str]) -> None:
    match words:
        case ["make", target, *rest]:
            targets = re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
            if target not in targets or not all(ASSIGNED.fullmatch(word) for word in rest):
                raise ValueError(f"{' '.join(words)}: the Makefile has no such target")
        case ["python", "src/train.py", *arguments] | ["logodds", "train", *arguments]:
            compose([_first(word) for word in arguments if word != "-m"])
        case ["logodds", name, *_]:
            if name not in COMMANDS:
                raise ValueError(f"{' '.join(words)}: no such command")
        case ["python", script, *_]:
            if not (ROOT / script).is_file():
                raise ValueError(f"{' '.join(words)}: no such script")
        case ["pip", "install", *options]:
            extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
            asked = [name for option in options for name in re.findall(r"(?<=[\[,])[\w-]+(?=[\],])", option)]
            if not set(asked) <= set(extras):
                raise ValueError(f"{' '.join(words)}: no such extra")


def _first(override: str) -> str:
    """An override with the first value of a sweep in place of all."""
    parsed = OverridesParser.create().parse_override(override)
    if not parsed.is_sweep_override():
        return override
    if parsed.is_interval_sweep():
        return f"{parsed.key_or_group}={parsed.value().start}"
    return f"{parsed.key_or_group}={next(iter(parsed.sweep_string_iterator()))}"
