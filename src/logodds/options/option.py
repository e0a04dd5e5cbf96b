"""The base class of options: a configuration section whose ``name`` selects one of several classes."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.unused import Unused


@dataclass(kw_only=True)
class Option:
    """Abstract: a dataclass whose fields are the keys of a section and whose methods use them.

    Every option is in a module of its own. Fields have no defaults; values are in ``conf/``. Methods import what they
    need when they are called, so that reading a configuration stays fast.

    Attributes:
        name: the name that selects the option; a subclass sets its own, as in ``name: str = choice("mlp")``.
    """

    name: str

    def check(self) -> None:
        """Check rules that concern several keys.

        Raises:
            UserError: keys contradict each other.
        """

    def unused(self) -> list[Unused]:
        """Return the keys that have no effect with these options."""
        return []
