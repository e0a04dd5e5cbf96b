"""The base class of launchers: the section ``hydra.launcher``, which selects where the groups of a sweep train.

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
    """Where the groups of a sweep train. Subclasses have one field per key of the section.

    Attributes:
        defaults: default values by key, for this project's own launchers. They are not in ``conf/``, where Hydra would
            check them against a launcher of the same name from another plugin.
    """

    defaults: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def execution(self, configs: Sequence[Config]) -> AbstractContextManager[Execution]:
        """Return a context that gives an execution, which can train groups while the context is open.

        Args:
            configs: the configurations of the sweep's jobs.

        Raises:
            UserError: a key has a wrong value, or what it names, such as a cluster, does not answer.
        """


LAUNCHERS: Group[Launcher] = Group(
    "hydra.launcher",
    Launcher,
    "logodds.sweep.launchers",
    "logodds.launchers",
)
