"""What a launcher is: the section ``hydra.launcher``, which says where the groups of a sweep train.

A launcher is one module with one subclass of :class:`Launcher`. Another package adds its own by an entry point::

    [project.entry-points."logodds.launchers"]
    mine = "package.module"

and a project chooses it by ``hydra/launcher=mine`` with a file ``conf/hydra/launcher/mine.yaml`` that gives its keys::

    _target_: hydra_plugins.sweep.launcher.BatchLauncher
    name: mine
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from logodds.options.option import Option
from logodds.options.registry import Group

if TYPE_CHECKING:
    from logodds.runs.config import Config
    from logodds.sweep.launch.execution import Execution


@dataclass(kw_only=True)
class Launcher(Option, ABC):
    """Where the groups of a sweep train.

    Attributes:
        defaults: values of the keys, by name, of this project's own launchers. They are not in ``conf/``: there Hydra
            would check them against another plugin's launcher of the same name.
    """

    defaults: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        """Trains while the context is open.

        Args:
            configs: those of the sweep's jobs.

        Raises:
            UserError: a wrong key, or nothing answers to it.
        """


LAUNCHERS: Group[Launcher] = Group(
    "hydra.launcher",
    Launcher,
    "logodds.sweep.launchers",
    "logodds.launchers",
)
