"""Processes as the record names them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from logodds.system import process

HOST = socket.gethostname()


def test_this_process_has_not_ended() -> None:
    assert not process.has_ended(process.this())
    assert not process.is_elsewhere(process.this())
    assert process.is_alive(os.getpid())


def test_one_that_was_killed_has() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        assert process.is_alive(started.pid)
        started.kill()
    assert not process.is_alive(started.pid)


def test_a_number_that_came_back_is_another_process() -> None:
    *first, _ = process.this().split(" ")
    assert process.has_ended(" ".join([*first, "1"]))
    _, _, *rest = process.this().split(" ")
    assert process.has_ended(" ".join([HOST, "another-boot", *rest]))


@pytest.mark.parametrize(
    "owner",
    [
        "",
        " ",
        HOST,
        f"{HOST} a b",
        f"{HOST} boot x 1",
        f"{HOST} boot {'9' * 5000} 1",
        f"{HOST} boot -1 1",
        "far boot 1 2",
    ],
)
def test_of_others_nothing_is_known(owner: str) -> None:
    assert process.is_elsewhere(owner)
    assert not process.has_ended(owner)
