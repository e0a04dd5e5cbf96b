"""Code blocks of README.md and docs/*.md.

A comment on the line above a block says how it is tested:

    <!-- test: not run, REASON -->      it is checked without running it, see ``unrun.py``
    <!-- test: with my.csv, pictures -->      it is given these files, see ``samples.py``
    <!-- test: is conf/problem/churn.yaml -->      it is the text of this file

Every other ```console or ```python block runs, in a clone that pages share, or, where the first line of the page is
``<!-- test: in a clone of its own -->``, in another.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from conftest import ROOT

TESTED = ("console", "python")
DIRECTIVE = re.compile(r"<!-- test: (?:not run, (?P<reason>.+)|with (?P<files>.+)|is (?P<file>.+)) -->")
SHELL = re.compile(r"[&|;<>$`*?~(){}#\"\n]")  # characters that mean something to a shell, outside of single quotes
OWN_CLONE = "<!-- test: in a clone of its own -->"


@dataclass(frozen=True)
class Block:
    """``line``: of its first line of text in the page, from 1; ``reason``: why it is not run, None where it is;
    ``files``: names of the samples that it is given; ``file``: the path that its text is written to, None where it is
    run."""

    page: str
    line: int
    language: str
    text: str
    reason: str | None
    files: tuple[str, ...]
    file: str | None

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A line that a person types, and the lines that are shown below it."""

    text: str
    shown: list[str]


def pages() -> list[str]:
    """Paths of all pages below the project's root."""
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]


def blocks(page: str, text: str) -> list[Block]:
    """The blocks of a page that are tested, in order.

    Raises:
        ValueError: a directive of another form, one that no block follows, or a block that does not end.
    """
    found: list[Block] = []
    directive: re.Match[str] | None = None
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if line == OWN_CLONE and number == 1:
            continue
        if line.startswith("<!-- test:"):
            directive = DIRECTIVE.fullmatch(line)
            if directive is None:
                raise ValueError(f"{page}:{number}: {line}: no such directive, see tests/docs/pages.py")
        elif line.startswith("```"):
            inside: list[str] = []
            for _, each in lines:
                if each.startswith("```"):
                    break
                inside.append(each)
            else:
                raise ValueError(f"{page}:{number}: the block does not end")
            language = line.removeprefix("```")
            reason, files, file = (None, None, None) if directive is None else directive.groups()
            if language in TESTED or file is not None:
                given = () if files is None else tuple(files.split(", "))
                found.append(Block(page, number + 1, language, "\n".join(inside), reason, given, file))
            directive = None
        elif directive is not None:
            raise ValueError(f"{page}:{number}: a directive stands on the line above its block")
    return found


def commands(block: Block) -> list[Command]:
    """What a console block has typed and shown; a line that ends with a backslash goes on with the next.

    Raises:
        ValueError: the block begins with output.
    """
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line.removeprefix("$ "), []))
        elif not found:
            raise ValueError(f"{block.place}: the first line of a console block begins with '$ '")
        elif found[-1].text.endswith("\\") and not found[-1].shown:
            found[-1] = Command(f"{found[-1].text}\n{line}", [])
        else:
            found[-1].shown.append(line)
    return found


def script(line: str) -> list[str]:
    """The words after ``python`` of a line that runs a script of ``src/``; none where a shell is needed to read it."""
    whole = line.replace("\\\n", " ")
    if not whole.startswith("python src/") or SHELL.search(re.sub("'[^']*'", "", whole)):
        return []
    return shlex.split(whole)[1:]
