"""Ctrl-C while a command is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

SENT = """
import signal, sys
sys.path.insert(0, {src!r})
signal.signal(signal.SIGINT, {before})
from logodds.system import interrupt
interrupt.ends_at_once()
{then}
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("raised")
else:
    print("ignored")
"""


@pytest.mark.parametrize(
    ("before", "then", "told"),
    [
        ("signal.default_int_handler", "", (130, "", "interrupted\n")),
        ("signal.default_int_handler", "interrupt.is_raised()", (0, "raised\n", "")),
        ("signal.SIG_IGN", "", (0, "ignored\n", "")),
        ("signal.SIG_IGN", "interrupt.is_raised()", (0, "ignored\n", "")),
    ],
)
def test_ctrl_c_ends_at_once_until_the_command_begins(before: str, then: str, told: tuple[int, str, str]) -> None:
    code = SENT.format(src=str(ROOT / "src"), before=before, then=then)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == told


def test_it_is_the_first_that_every_command_does() -> None:
    """So that what is imported after it may take its time."""
    first = 'from logodds.system import interrupt\n\nif __name__ == "__main__":\n    interrupt.ends_at_once()\n'
    shims = sorted((ROOT / "src").glob("*.py"))
    assert [shim.name for shim in shims if first not in shim.read_text()] == []
    assert shims != []
