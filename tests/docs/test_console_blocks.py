"""The pages' console and Python blocks, run in a clone as a reader would."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from conftest import ROOT, environment, git, run
from docs.pages import OWN_CLONE, Block, blocks, commands, pages, script
from docs.samples import samples
from docs.shown import HOME, compare, with_real_ids
from docs.unrun import check, check_block

from logodds.system.errors import UserError

pytestmark = pytest.mark.timeout(600)  # a page types a dozen commands


@dataclass(frozen=True)
class Checkout:
    """A clone with its data and a store of its own, and what the commands that were typed in it came to."""

    folder: Path
    done: dict[str, CompletedProcess[str]] = field(default_factory=dict)

    def type(self, line: str) -> CompletedProcess[str]:
        """Run a line to its end; one that pages share is run once. One that needs no shell is a forked process, which
        starts in a second."""
        if line not in self.done:
            words = script(line)
            self.done[line] = run(self.folder, *words, check=False) if words else self._in_shell(line)
        return self.done[line]

    def _in_shell(self, line: str) -> CompletedProcess[str]:
        variables = environment(self.folder)
        return subprocess.run(["bash", "-c", line], cwd=self.folder, env=variables, capture_output=True, text=True)


@pytest.fixture(scope="module")
def checkout_of_pages(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """What pages share."""
    return checked_out(clone, tmp_path_factory.mktemp("reader"))


def checked_out(clone: Path, folder: Path) -> Checkout:
    git(clone, "clone", "--quiet", str(clone), str(folder / "logodds"))
    run(folder / "logodds", "src/fetch.py")
    return Checkout(folder / "logodds")


def needs_own_clone(page: str) -> bool:
    """Whether the commands of a page run the pipeline."""
    return (ROOT / page).read_text().startswith(OWN_CLONE)


@pytest.mark.long
@pytest.mark.parametrize("page", pages())
def test_a_page_does_what_it_says(page: str, clone: Path, checkout_of_pages: Checkout, tmp_path: Path) -> None:
    text = (ROOT / page).read_text()
    checkout = checked_out(clone, tmp_path) if needs_own_clone(page) else checkout_of_pages
    ids: dict[str, str] = {}
    for block in blocks(page, text):
        if block.file is not None:
            (checkout.folder / block.file).write_text(block.text + "\n")
        elif block.reason is not None:
            check_block(block)
        else:
            with samples(checkout.folder, block.files):
                if block.language == "console":
                    follow(block, checkout, ids)
                else:
                    # In an environment that `make` has made, `import logodds` finds the sources of its checkout.
                    sources = str(checkout.folder / "src")
                    run(checkout.folder, "-c", with_real_ids(block.text, ids), PYTHONPATH=sources)


def follow(block: Block, checkout: Checkout, ids: dict[str, str]) -> None:
    """Type the commands of a block; a command that is shown to fail is to fail with a user's mistake."""
    for command in commands(block):
        typed = with_real_ids(command.text, ids)
        done = checkout.type(typed)
        fails = any(line.startswith("error: ") for line in command.shown)
        told = f"{block.place}: {typed}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == (2 if fails else 0), told
        if command.shown:
            printed = (done.stderr if fails else done.stdout).replace(str(checkout.folder), HOME).splitlines()
            try:
                compare(command.shown, printed, ids)
            except ValueError as error:
                raise AssertionError(f"{block.place}: {typed}: {error}") from error


def test_every_picture_and_page_that_a_page_names_is_there() -> None:
    for page in pages():
        text = (ROOT / page).read_text()
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
            if not target.startswith(("http://", "https://")):
                assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 250


def test_a_block_is_read_with_its_directive() -> None:
    text = "<!-- test: with my.csv, pictures -->\n```console\n$ a \\\n  b\nout\n$ c\n```\n\n```\n$ no\n```\n"
    (block,) = blocks("page.md", text)
    assert (block.place, block.reason, block.files) == ("page.md:3", None, ("my.csv", "pictures"))
    assert [(command.text, command.shown) for command in commands(block)] == [("a \\\n  b", ["out"]), ("c", [])]
    (block,) = blocks("page.md", "<!-- test: not run, needs a GPU -->\n```console\n$ a\n```\n")
    assert block.reason == "needs a GPU"
    (block,) = blocks("page.md", f"{OWN_CLONE}\n<!-- test: is a/b.yaml -->\n```yaml\na: 1\n```\n")
    assert (block.file, block.text) == ("a/b.yaml", "a: 1")


@pytest.mark.parametrize(
    "text",
    ["<!-- test: skipped -->\n```console\n```\n", "<!-- test: with a -->\n\n```console\n```\n", "```python\nx\n"],
)
def test_a_directive_that_nothing_follows_and_a_block_without_end_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"page\.md:"):
        blocks("page.md", text)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("python src/a.py -m x=1 \\\n 'y=f(1, 2)'", ["src/a.py", "-m", "x=1", "y=f(1, 2)"]),
        ("python src/a.py x=$HOME", []),
        ("python src/a.py && make test", []),
        ("make test", []),
    ],
)
def test_a_line_that_needs_no_shell_is_told_from_others(line: str, words: list[str]) -> None:
    assert script(line) == words


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (["best 0.0741 at 144"], ["best 0.0738 at 145  "]),
        (["...", "b"], ["x", "y", "b"]),
        (["a", "..."], ["a"]),
        (["run: http://h/#/experiments/3/runs/113678e1..."], ["run: http://h/#/experiments/1/runs/0a1b2c3d?x=y"]),
        (["113678e1 113678e1", "113678"], ["0a1b2c3d 0a1b2c3d", "0a1b2c"]),
    ],
)
def test_what_differs_between_machines_is_masked(shown: list[str], printed: list[str]) -> None:
    compare(shown, printed, {})


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (["best 0.0741"], ["best 0.0841"]),
        (["72 runs"], ["71 runs"]),
        (["a"], ["a", "b"]),
        (["a", "b"], ["a"]),
        (["...", "b"], ["x"]),
        (["113678e1 113678e1"], ["0a1b2c3d 1a1b2c3d"]),
        (["113678e1", "113678"], ["0a1b2c3d", "113678"]),
        (["113678"], ["0a1b2c"]),
        (["1.0"], ["1"]),
    ],
)
def test_what_differs_otherwise_is_refused(shown: list[str], printed: list[str]) -> None:
    with pytest.raises(ValueError, match="shown"):
        compare(shown, printed, {})


def test_ids_of_earlier_output_are_typed_as_printed() -> None:
    ids: dict[str, str] = {}
    compare(["run 113678e1b66349b8"], ["run 0a1b2c3d4e5f6789"], ids)
    assert with_real_ids("run=113678 113678e1b66349b8 100000", ids) == "run=0a1b2c 0a1b2c3d4e5f6789 100000"


@pytest.mark.parametrize(
    "command",
    [
        "make nothing",
        "python src/nothing.py",
        "logodds nothing",
        "logodds train optim.lrr=1",
        "pip install -e '.[nothing]'",
        "echo (",
        "cd here && python src/train.py optim.lrr=1",
        "python src/train.py -m 'optim.lr=interval(0,2)' hydra/sweeper=optuna hydra.sweeper.trials=3",
    ],
)
def test_commands_that_are_not_run_are_checked(command: str) -> None:
    with pytest.raises((ValueError, UserError)):
        check(command)


@pytest.mark.parametrize(("language", "text"), [("python", "def f(:"), ("console", "$ a\n$ make nothing")])
def test_blocks_that_are_not_run_are_checked(language: str, text: str) -> None:
    (block,) = blocks("page.md", f"<!-- test: not run, needs a GPU -->\n```{language}\n{text}\n```\n")
    with pytest.raises((ValueError, SyntaxError)):
        check_block(block)
