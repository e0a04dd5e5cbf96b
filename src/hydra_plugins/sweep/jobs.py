"""Hydra's configurations of a sweep's jobs, composed once for all jobs that differ in plain values alone."""

from collections.abc import Sequence
from typing import final

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.types import HydraContext
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from logodds.runs import conf
from logodds.runs.compose import without_recipe


@final
class Jobs:
    """Composes each kind of job once: composing takes Hydra 70 ms, which would be most of a sweep's time."""

    def __init__(self, context: HydraContext, master: DictConfig) -> None:
        self._context, self._master = context, master
        self._parser = OverridesParser.create()
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._parsed: dict[str, Override] = {}  # jobs share most of their overrides

    def node(self, overrides: Sequence[str]) -> DictConfig:
        """The configuration of one job, without the section ``hydra``.

        Raises:
            HydraException, OmegaConfBaseException: as Hydra composes.
        """
        for override in overrides:
            if override not in self._parsed:
                (self._parsed[override],) = self._parser.parse_overrides([override])
        parsed = [self._parsed[override] for override in overrides]
        plain = [each for each in parsed if _is_plain(each)]
        others = tuple(str(each.input_line) for each in parsed if not _is_plain(each))
        try:
            found = self._base(others).copy()
            for each in plain:
                OmegaConf.update(found, each.key_or_group, each.value(), merge=True)
            return found
        except OmegaConfBaseException:  # Hydra knows the words for it
            return self._compose(overrides)

    def _base(self, overrides: tuple[str, ...]) -> DictConfig:
        if overrides not in self._composed:
            self._composed[overrides] = self._compose(overrides)
        return self._composed[overrides]

    def _compose(self, overrides: Sequence[str]) -> DictConfig:
        node = self._context.config_loader.load_sweep_config(self._master, list(overrides))
        OmegaConf.set_struct(node, False)
        node.pop("hydra")
        found = without_recipe(node, overrides)
        OmegaConf.set_struct(found, True)
        return found


def _is_plain(override: Override) -> bool:
    """Whether it gives a key that is there another value, and chooses no option of a group."""
    return override.type == OverrideType.CHANGE and not conf.is_group(override.key_or_group)
