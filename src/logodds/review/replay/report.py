"""Show verdicts on the terminal, and add them to the records of the runs."""

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
from logodds.system.terminal.lines import show_line
from logodds.system.terminal.run_list import TableColumn
from logodds.system.terminal.text import printable, shortened

if TYPE_CHECKING:
    from logodds.tracking.recorded import Recorded
    from logodds.tracking.store import Store

ROOM = 34  # characters of a value that describes the machine
NAME = 24  # characters of a run's name: leaves room for whole ids and the longest verdict on a line of 80
REPLAY = "replay.json"


def plain(evidence: Evidence, verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON can hold it."""
    return {
        "run": evidence.run.id,
        "verdict": verdict.word,
        "reasons": verdict.reasons,
        "commit": evidence.commit,
        "uncommitted": bool(evidence.changes),
        "tolerance": {"relative": RELATIVE, "absolute": ABSOLUTE},
        "largest differences": {name: str(value) for name, value in verdict.apart.items()},
        "digests": _pairs(verdict.digests),
        "machine": _pairs(verdict.machine),
    }


def record(store: Store, evidence: Evidence, verdict: Verdict) -> None:
    """Add a verdict to the record of its run, whose status and figures stay as they are."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    content = plain(evidence, verdict) | {"time": now}
    with store.reopened(evidence.run.id) as run:
        run.tags({"replay.verdict": verdict.word, "replay.time": now, "replay.reason": "; ".join(verdict.reasons)})
        run.artifacts({REPLAY: (json.dumps(content, indent=1) + "\n").encode()})


def record_all(store: Store, parent: Recorded, verdicts: Sequence[Verdict], worst: Verdict) -> None:
    """Add the verdicts on several runs to the record of their parent run.

    Args:
        verdicts: one for each run.
        worst: the worst of them, which becomes that of the parent.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with store.reopened(parent.id) as run:
        run.tags({"replay.verdict": worst.word, "replay.time": now, "replay.reason": _summary(verdicts)})


def show(evidence: Evidence, verdict: Verdict) -> None:
    """Print what was compared, what has changed in the machine, and the verdict."""
    name = printable(evidence.run.name)
    if verdict.digests:
        compared = Table(title=escape(f"replay of {name} ({evidence.run.id})"), title_justify="left")
        for header in ("", "recorded", "replayed", "largest difference"):
            compared.add_column(header)
        for part, (before, now) in verdict.digests.items():
            apart = verdict.apart.get(part.partition(".")[0])
            compared.add_row(part, escape(before[:12]), now[:12], "" if apart is None else f"{apart:.3g}")
        compared.add_row("figures", "", "", f"{verdict.apart['figures']:.3g}")
        Console().print(compared)
    if verdict.machine:
        machine = Table(title="not as it was", title_justify="left")
        for header in ("", "recorded", "now"):
            machine.add_column(header)
        for part, values in verdict.machine.items():
            machine.add_row(escape(shortened(part, ROOM)), *(escape(shortened(value, ROOM)) for value in values))
        Console().print(machine)
    for reason in verdict.reasons:
        show_line(reason)
    print(f"verdict: {verdict.word}")


def show_all(evidence: Sequence[Evidence], verdicts: Sequence[Verdict]) -> None:
    """Print a table with a line per run, and below it the reasons of the verdicts that have one."""
    console = Console()
    names = [shortened(entry.run.name, NAME) for entry in evidence]
    columns = [
        TableColumn("run", names, right=False),
        TableColumn("verdict", [verdict.word for verdict in verdicts], right=False),
    ]
    shown, _ = run_list.fitting(columns, columns[::-1], "run id", [entry.run.id for entry in evidence], console.width)
    run_list.show(console, f"replay of {counted(len(verdicts), 'run')}", shown)
    for entry, verdict in zip(evidence, verdicts, strict=True):
        if verdict.reasons:
            show_line(f"{entry.run.id[: run_list.SHORT]}: {verdict.reasons[0]}")
    print(f"verdict: {_summary(verdicts)}")


def _summary(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(f"{count} {word}" for word, count in Counter(verdict.word for verdict in verdicts).most_common())


def _pairs(values: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    return {name: {"recorded": before, "replayed": now} for name, (before, now) in values.items()}
