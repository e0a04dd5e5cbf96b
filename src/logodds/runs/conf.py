"""The folders of configurations: a project's own ``conf/``, then the one that comes with logodds.

A file of the first stands in place of the second's file of the same path. In a checkout there is one folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import hydra
from omegaconf import DictConfig, OmegaConf

from logodds.system import places

#: Of the defaults that Hydra is to have: 1.3 warns where they are not named, 1.4 where they are, and has those of 1.3.
DEFAULTS = {"version_base": "1.3"} if hydra.__version__.startswith("1.3.") else {}
HYDRA = "hydra"  # the group that configures Hydra itself


def folders() -> tuple[Path, ...]:
    """In the order in which a file is looked for; the last is the one that is always there."""
    root = places.checkout()
    if root is not None:
        return (root / "conf",)
    own, shipped = places.project_root() / "conf", places.LIBRARY / "logodds" / "conf"
    return (own, shipped) if own.is_dir() else (shipped,)


def main() -> Path:
    """The folder with which Hydra starts; ``hydra_plugins`` puts the project's own before it."""
    return folders()[-1]


def groups() -> list[str]:
    """The groups that have options, but Hydra's own, sorted."""
    return sorted({path.parent.name for folder in folders() for path in folder.glob("*/*.yaml")} - {HYDRA})


def is_group(name: str) -> bool:
    return any((folder / name).is_dir() for folder in folders())


def options(group: str) -> list[str]:
    """The names of a group's options, sorted."""
    return sorted({path.stem for folder in folders() for path in (folder / group).glob("*.yaml")})


def has(group: str, name: str) -> bool:
    """Whether the group has an option of this name."""
    return bool(_files(group, name))


def load(group: str, name: str) -> DictConfig:
    """The file of an option that is there."""
    return cast(DictConfig, OmegaConf.load(_files(group, name)[0]))


def _files(group: str, name: str) -> list[Path]:
    paths = [folder / group / f"{name}.yaml" for folder in folders()]
    return [path for path in paths if path.is_file()]
