"""The folders of configurations: a project's own ``conf/``, and the one that comes with logodds.

A file in the first replaces the file with the same path in the second. In a checkout of logodds there is only one
folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import hydra
import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import KeyValidationError

from logodds.system import locations
from logodds.system.errors import UserError

#: Asks Hydra for the defaults of version 1.3. Hydra 1.3 warns if ``version_base`` is missing; 1.4 warns if it is given,
#: and has the same defaults without it.
DEFAULTS = {"version_base": "1.3"} if hydra.__version__.startswith("1.3.") else {}
HYDRA = "hydra"  # the group that configures Hydra itself


def folders() -> tuple[Path, ...]:
    """Return the folders in the order in which a file is looked up. The last one always exists."""
    root = locations.checkout()
    if root is not None:
        return (root / "conf",)
    own, shipped = locations.project_root() / "conf", locations.LIBRARY / "logodds" / "conf"
    return (own, shipped) if own.is_dir() else (shipped,)


def main() -> Path:
    """Return the folder that Hydra starts with; ``hydra_plugins`` puts the project's own folder in front of it."""
    return folders()[-1]


def groups() -> list[str]:
    """Return the groups that have options, sorted, without the group of Hydra itself."""
    return sorted({path.parent.name for folder in folders() for path in folder.glob("*/*.yaml")} - {HYDRA})


def is_group(name: str) -> bool:
    return any((folder / name).is_dir() for folder in folders())


def options(group: str) -> list[str]:
    """Return the names of a group's options, sorted."""
    return sorted({path.stem for folder in folders() for path in (folder / group).glob("*.yaml")})


def has(group: str, name: str) -> bool:
    """Whether the group has an option of this name."""
    return bool(_files(group, name))


def load(group: str, name: str) -> DictConfig:
    """Read the file of an existing option.

    Raises:
        UserError: the file is not YAML.
    """
    return _read(_files(group, name)[0])


def refuse_unreadable() -> None:
    """Read all files.

    Raises:
        UserError: one of them is not YAML, or null is a key in it. Hydra's own message would not name the file.
    """
    for folder in folders():
        for path in sorted(folder.glob("**/*.yaml")):
            _read(path)


def _read(path: Path) -> DictConfig:
    try:
        return cast(DictConfig, OmegaConf.load(path))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        where = f"{path} line {mark.line + 1}" if mark else str(path)
        raise UserError(f"{where}: not YAML; mend or remove the file") from error
    except KeyValidationError as error:
        raise UserError(f"{path}: null stands for a key; where it is a name, write it in quotes") from error


def _files(group: str, name: str) -> list[Path]:
    paths = [folder / group / f"{name}.yaml" for folder in folders()]
    return [path for path in paths if path.is_file()]
