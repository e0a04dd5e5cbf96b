"""What the user should know about a run, one line each. Before it trains: about its rows, about its options, and about
how they fit each other. Afterwards: whether it had enough epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from logodds.options.overrides import as_typed
from logodds.runs.inputs import Inputs

if TYPE_CHECKING:
    from logodds.data.leakage import Copies
    from logodds.data.split import Rows
    from logodds.data.table import Table
    from logodds.features.features import Features
    from logodds.runs.config import Config

SHARE, FEWEST = 0.01, 5  # of a held-out part, and in rows: fewer copies do not change its figures much
USUAL_THRESHOLD = 0.5
MOST_LISTED = 3  # columns with new values that a note tells of


def notes(config: Config, inputs: Inputs) -> list[str]:
    """Return all notes about a run before it trains."""
    rows = inputs.split.val
    new = [] if inputs.split.resubstitution else _of_unseen("validation", len(rows), inputs.unseen)
    return [*inputs.notes, *new, *_leakage(config, inputs), *config.notes(), *_of_both(config, inputs)]


def unseen(part: str, features: Features, table: Table, rows: Rows) -> list[str]:
    """Return a note on what the rows of a part hold that no train row held, by column."""
    return _of_unseen(part, len(rows), features.unseen(table.columns, rows))


def _of_unseen(part: str, rows: int, found: list[str]) -> list[str]:
    more = f"; and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
    return [f"of {rows} {part} rows: {'; '.join(found[:MOST_LISTED])}{more}"] if found else []


def of_budget(config: Config, figures: Mapping[str, float]) -> list[str]:
    """Return a note if the last epoch was the best on validation rows, so that a longer training may be better.

    Args:
        figures: final figures of the run by their name in the record.
    """
    epochs = config.train.epochs
    if "best/log_loss" not in figures or not figures["best/epoch"] == epochs > 1:
        return []
    return [f"the last of {epochs} epochs was the best: training longer may help (train.epochs={2 * epochs})"]


def as_text(notes: Iterable[str]) -> str:
    """Return the content of ``notes.txt``."""
    return "".join(f"{note}\n" for note in notes)


def _leakage(config: Config, inputs: Inputs) -> list[str]:
    found = []
    many = [part for part in inputs.copies if part.equal >= max(FEWEST, SHARE * part.rows)]
    if many:
        remedy = "leave the copies out of the file"
        if config.split.method != "given":
            remedy += ", or number equal rows in a column for split.method=grouped split.column=NAME"
        counts = " and ".join(map(_count, many))
        found.append(f"{counts} equal a train row in every input, which flatters the figures; {remedy}")
    for name in inputs.giveaways:
        dropped = config.plain["problem"].get("drop")
        remedy = "" if dropped is None else f" with {as_typed('problem.drop', [*dropped, name])}"
        found.append(
            f"column {name!r} holds the target under another name: each class has one value of it in the train rows; "
            f"unless it is known of new rows, leave it out{remedy}"
        )
    return found


def _count(part: Copies) -> str:
    return f"{part.equal} of {part.rows} {part.part} rows ({part.same_class} with its class)"


def _of_both(config: Config, inputs: Inputs) -> list[str]:
    classes, threshold = len(inputs.table.classes), config.evaluate.threshold
    found = config.optim.notes(inputs.data.x_train, inputs.data.t_train)
    if classes > 2 and threshold != USUAL_THRESHOLD:
        found.append(
            f"the largest of {classes} logits predicts the class: evaluate.threshold={threshold} without effect"
        )
    return found
