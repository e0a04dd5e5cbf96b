"""Whoever comes second waits."""

from __future__ import annotations

import threading
from pathlib import Path

from logodds.system.lock import waited


def test_one_at_a_time_is_inside(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        for _ in range(200):
            with waited(tmp_path / "a"):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 800
    assert [path.name for path in tmp_path.iterdir()] == [".a.lock"]
    assert (tmp_path / ".a.lock").read_bytes() == b""
