"""A verdict on the terminal, and in the record of the run that it is about."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from logodds.review.replay.evidence import Evidence
from logodds.review.replay.verdict import ABSOLUTE, RELATIVE, Verdict
from logodds.system.errors import counted
from logodds.system.terminal import run_list
from logodds.system.terminal.run_list import TableColumn
from logodds.system.terminal.text import printable, shortened

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

ROOM = 34  # characters of a value of the machine's
NAME = 24  # of a run's name, which leaves room for whole ids beside the longest verdict where a line has 80
REPLAY = "replay.json"


def plain(evidence: Evidence, found: Verdict) -> dict[str, Any]:
    """A verdict as JSON has it."""
    return {
        "run": evidence.run.id,
        "verdict": found.word,
        "reasons": found.reasons,
        "commit": evidence.commit,
        "uncommitted": bool(evidence.changes),
        "tolerance": {"relative": RELATIVE, "absolute": ABSOLUTE},
        "largest differences": {name: str(value) for name, value in found.apart.items()},
        "digests": _pairs(found.digests),
        "machine": _pairs(found.machine),
    }


def record(store: Store, evidence: Evidence, found: Verdict) -> None:
    """Into the run's own record, whose status and figures stay as they are."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = plain(evidence, found) | {"time": now}
    with store.reopened(evidence.run.id) as run:
        run.tags({"replay.verdict": found.word, "replay.time": now, "replay.reason": "; ".join(found.reasons)})
        run.artifacts({REPLAY: (json.dumps(told, indent=1) + "\n").encode()})


def record_all(store: Store, parent: Recorded, found: Sequence[Verdict], worst: Verdict) -> None:
    """Into the record of the run above them."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with store.reopened(parent.id) as run:
        run.tags({"replay.verdict": worst.word, "replay.time": now, "replay.reason": _summary(found)})


def show(evidence: Evidence, found: Verdict) -> None:
    """What was compared, and the verdict."""
    name = printable(evidence.run.name)
    if found.digests:
        compared = Table(title=escape(f"replay of {name} ({evidence.run.id})"), title_justify="left")
        for header in ("", "recorded", "replayed", "largest difference"):
            compared.add_column(header)
        for part, (before, now) in found.digests.items():
            apart = found.apart.get(part.partition(".")[0])
            compared.add_row(part, escape(before[:12]), now[:12], "" if apart is None else f"{apart:.3g}")
        compared.add_row("figures", "", "", f"{found.apart['figures']:.3g}")
        Console().print(compared)
    if found.machine:
        machine = Table(title="not as it was", title_justify="left")
        for header in ("", "recorded", "now"):
            machine.add_column(header)
        for part, values in found.machine.items():
            machine.add_row(escape(shortened(part, ROOM)), *(escape(shortened(each, ROOM)) for each in values))
        Console().print(machine)
    for reason in found.reasons:
        print(printable(reason))
    print(f"verdict: {found.word}")


def show_all(evidence: Sequence[Evidence], found: Sequence[Verdict]) -> None:
    """A line for each run, and below them one for each that has a reason."""
    console = Console()
    names = [shortened(each.run.name, NAME) for each in evidence]
    columns = [
        TableColumn("run", names, right=False),
        TableColumn("verdict", [each.word for each in found], right=False),
    ]
    shown, _ = run_list.fitting(columns, columns[::-1], "run id", [each.run.id for each in evidence], console.width)
    run_list.show(console, f"replay of {counted(len(found), 'run')}", shown)
    for each, verdict in zip(evidence, found, strict=True):
        if verdict.reasons:
            print(printable(f"{each.run.id[: run_list.SHORT]}: {verdict.reasons[0]}"))
    print(f"verdict: {_summary(found)}")


def _summary(found: Sequence[Verdict]) -> str:
    return ", ".join(f"{count} {word}" for word, count in Counter(each.word for each in found).most_common())


def _pairs(values: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {name: {"recorded": before, "replayed": now} for name, (before, now) in values.items()}
