"""Signals that are put off arrive once, at the end, whatever happens in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from types import FrameType

import pytest
from conftest import ROOT
from inprocess import kept_handlers

from logodds.system import signals


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Where the tests run in the background, Ctrl-C is ignored."""
    with kept_handlers():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        yield


def test_ctrl_c_waits_for_the_end() -> None:
    steps = []
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012  # what happens within is the point
        with signals.put_off():
            steps.append("begun")
            signal.raise_signal(signal.SIGINT)
            steps.append("whole")
        steps.append("after")
    assert steps == ["begun", "whole"]


def test_without_a_signal_nothing_happens_and_handlers_are_as_before() -> None:
    before = [signal.getsignal(number) for number in signals.ENDS]
    with signals.put_off():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(number) for number in signals.ENDS] == before


@pytest.mark.parametrize("first", signals.ENDS, ids=lambda number: number.name)
def test_of_several_the_first_takes_effect_once(first: signal.Signals) -> None:
    found = []

    def note(signum: int, frame: FrameType | None) -> None:
        found.append(signum)

    for number in signals.ENDS:
        signal.signal(number, note)
    with signals.put_off(), signals.put_off():
        for number in (first, *signals.ENDS, first):
            signal.raise_signal(number)
        assert found == []
    assert found == [first]
    signal.raise_signal(signal.SIGTERM)
    assert found == [first, signal.SIGTERM]


def test_ctrl_c_arrives_after_an_error_too() -> None:
    with pytest.raises(KeyboardInterrupt) as caught, signals.put_off():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        raise ValueError("within")
    assert isinstance(caught.value.__context__, ValueError)


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with signals.put_off() as arrived:
        signal.raise_signal(signal.SIGINT)
    assert arrived == []
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_another_thread_goes_on_without() -> None:
    before = signal.getsignal(signal.SIGINT)
    found = []

    def work() -> None:
        with signals.put_off():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before]


def test_a_signal_that_is_withheld_never_takes_effect_in_a_new_process() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGTERM)"
    codes = []
    for context in (nullcontext(), signals.withheld(signal.SIGINT)):
        with context:
            started = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        codes.append(started.wait())
    assert codes == [-signal.SIGINT, -signal.SIGTERM]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


FOLLOWER = """
import os, signal, sys, time
from logodds.system import signals
signals.heed()
signals.follow(int(sys.argv[1]), signal.SIGKILL)
try:
    print("follows", flush=True)
    time.sleep(600)
finally:
    os.kill(os.getpid(), signal.SIGTERM)  # a second one
    print("ended", flush=True)
"""
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
print(child.pid, flush=True)
time.sleep(600)
"""


def follower(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_a_worker_ends_truthfully_when_its_parent_says_so() -> None:
    with follower(FOLLOWER, str(os.getpid())) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "follows\n"
        worker.terminate()
        assert worker.stdout.read() == "ended\n"
    assert worker.returncode == 128 + signal.SIGTERM


def test_a_worker_is_killed_with_its_parent() -> None:
    with follower(PARENT, FOLLOWER) as parent:
        assert parent.stdout is not None
        assert {parent.stdout.readline()[:-1].isdigit(), parent.stdout.readline()} == {True, "follows\n"}
        parent.kill()
        assert parent.stdout.read() == ""  # to its end: the worker held it open


def test_a_worker_without_its_parent_is_killed_at_once() -> None:
    with follower(FOLLOWER, "1") as worker:
        assert worker.stdout is not None
        assert worker.stdout.read() == ""
    assert worker.returncode == -signal.SIGKILL


def test_when_all_is_done_a_signal_is_not_told_with_a_traceback() -> None:
    code = (
        "import atexit, os, signal, sys\nfrom logodds.system.terminal import command\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))\ncommand.run(lambda: 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "src", capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGTERM, "", "")


SWALLOWED = """
import sys, time
from logodds.system import signals
from logodds.system.terminal import command

def main():
    try:
        print("waits", flush=True)
        time.sleep(600)
    except BaseException:  # as in the callbacks of libraries
        print("swallowed", flush=True)
    with signals.put_off():
        time.sleep(1.0)
        print("put off", flush=True)
    try:
        time.sleep(600)
    finally:
        time.sleep(1.0)
        try:
            raise ValueError
        except ValueError:
            time.sleep(1.0)
        print("left properly", flush=True)

command.run(main)
"""


@pytest.mark.slow
def test_an_exit_that_is_swallowed_is_raised_again_and_interrupts_no_cleanup() -> None:
    with follower(SWALLOWED) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.terminate()
        assert process.stdout.read() == "swallowed\nput off\nleft properly\n"
    assert process.returncode == 128 + signal.SIGTERM
