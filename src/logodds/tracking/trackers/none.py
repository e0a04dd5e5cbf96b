"""``tracking=none``: nothing is recorded; all that is left of a run is its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn, final

from logodds.options.rules import choice
from logodds.options.unused import Unused
from logodds.system.errors import UserError
from logodds.tracking.tracker import CHOICE, Tracker

if TYPE_CHECKING:
    from logodds.tracking.reader import Reader
    from logodds.tracking.store import Store


@final
@dataclass(kw_only=True)
class Untracked(Tracker):
    """Records nothing."""

    name: str = choice("none")
    keeps_record: ClassVar[bool] = False

    def unused(self) -> list[Unused]:
        return [Unused("tracking=none keeps no record", {"train.reuse": (False,)})]

    def connect(self, root: Path, problem: str) -> None:
        return None

    @classmethod
    def store(cls, root: Path, problem: str) -> Store:
        _refuse()

    @classmethod
    def reader(cls, root: Path) -> Reader:
        _refuse()

    def environment(self, root: Path) -> dict[str, str]:
        return {}

    def unreachable(self) -> None:
        return None


def _refuse() -> NoReturn:
    raise UserError(f"{CHOICE}=none: keeps no record that could be read; name another tracker")
