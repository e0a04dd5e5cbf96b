"""What a replay tells of many runs on the terminal, to the letter."""

from __future__ import annotations

import pytest
from recorded_runs import run

from logodds.review.replay import report, verdict
from logodds.review.replay.evidence import Evidence
from logodds.review.replay.verdict import IDENTICAL, Verdict


def evidence(name: str) -> Evidence:
    return Evidence(run(name), {}, "c" * 40, b"", (), b"", None, None, "", {}, {}, None)


@pytest.mark.parametrize(("columns", "whole"), [(80, True), (50, False)])
def test_ids_are_on_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, whole: bool
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    names = ("model=mlp lr=0.001 hidden=64-64 seed=1", "lr=0.1 seed=2", "lr=0.1 seed=3")
    found = [Verdict(verdict.WITHIN, (), {}, {}, {}), Verdict(IDENTICAL, (), {}, {}, {})]
    reason = (
        f"code: commit {'c' * 12} is older than replays, which is a reason too long for a line of eighty characters"
    )
    given = [evidence(name) for name in names]
    report.show_all(given, [*found, verdict.not_comparable(reason)])
    ids = [each.run.id if whole else each.run.id[:8] for each in given]
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "replay of 3 runs"
    assert lines[1].split() == (["run", "verdict", "run", "id"] if whole else ["verdict", "run", "id"])
    told = ("model=mlp lr=0.0… seed=1", "lr=0.1 seed=2", "lr=0.1 seed=3")
    words = ("within tolerance", "identical", "not comparable")
    assert [line.split() for line in lines[3:6]] == [
        [*(name.split() if whole else []), *word.split(), each]
        for name, word, each in zip(told, words, ids, strict=True)
    ]
    assert lines[6:] == [
        f"{given[2].run.id[:8]}: {reason}",
        "verdict: 1 within tolerance, 1 identical, 1 not comparable",
    ]
    assert max(map(len, lines[:6])) <= columns
