"""An option of the configuration: a section whose name chooses among classes, each in a module of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Option:
    """Abstract. A dataclass without defaults, for values live in ``conf/``; what it does are its methods, which import
    what they need when they are called: a configuration is read without any of it.

    ``name``: by which a configuration chooses it; a subclass gives its own, as in ``name: str = choice("mlp")``.
    """

    name: str

    def check(self) -> None:
        """Rules that one key alone does not show.

        Raises:
            UserError: keys that contradict each other.
        """
