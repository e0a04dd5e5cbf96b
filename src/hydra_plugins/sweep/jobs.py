"""Compose the configurations of a sweep's jobs: once for all jobs that differ only in plain values."""

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
    """Composes the configuration of each kind of job once, because Hydra needs 70 ms for it, which would be most of a
    sweep's time.

    Args:
        context: what Hydra gives to a launcher.
        master: the configuration of the sweep as a whole.
    """

    def __init__(self, context: HydraContext, master: DictConfig) -> None:
        self._context, self._master = context, master
        self._parser = OverridesParser.create()
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._parsed: dict[str, Override] = {}  # jobs share most of their overrides

    def node(self, overrides: Sequence[str]) -> DictConfig:
        """Return the configuration of one job, without the section ``hydra``.

        Raises:
            HydraException, OmegaConfBaseException: Hydra cannot compose it.
        """
        parsed = [self._parse(override) for override in overrides]
        plain = [override for override in parsed if _is_plain(override)]
        others = tuple(str(override.input_line) for override in parsed if not _is_plain(override))
        try:
            node = self._base(others).copy()
            for override in plain:
                OmegaConf.update(node, override.key_or_group, override.value(), merge=True)
            return node
        except OmegaConfBaseException:  # Hydra's own message for it is better
            return self._compose(overrides)

    def _parse(self, text: str) -> Override:
        if text not in self._parsed:
            (self._parsed[text],) = self._parser.parse_overrides([text])
        return self._parsed[text]

    def _base(self, overrides: tuple[str, ...]) -> DictConfig:
        if overrides not in self._composed:
            self._composed[overrides] = self._compose(overrides)
        return self._composed[overrides]

    def _compose(self, overrides: Sequence[str]) -> DictConfig:
        node = self._context.config_loader.load_sweep_config(self._master, list(overrides))
        OmegaConf.set_struct(node, False)
        node.pop("hydra")
        job = without_recipe(node, overrides)
        OmegaConf.set_struct(job, True)
        return job


def _is_plain(override: Override) -> bool:
    """Whether an override changes the value of an existing key and does not choose an option of a group."""
    return override.type == OverrideType.CHANGE and not conf.is_group(override.key_or_group)
