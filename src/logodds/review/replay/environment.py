"""What of the machine and its libraries is not as it was when a run was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logodds.tracking.provenance.environment import PACKAGES

MATTER = {*PACKAGES, "safetensors", "scipy", "pillow", "omegaconf"}  # packages that read, compute or write
NAMES = ("device", "cpu.capability", "cpu.model", "threads", "platform")
ABSENT = "none"


def differences(
    tags: Mapping[str, str], packages: Sequence[str], now: Mapping[str, str], installed: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """By name, what was recorded and what there is now.

    Args:
        tags, packages: of the record.
        now, installed: :func:`logodds.tracking.provenance.environment.environment` and its ``packages``.
    """
    names = [name for name in {**now, **tags} if name in NAMES or name.startswith(("version.", "env."))]
    found = {name: (tags.get(name, ABSENT), now.get(name, ABSENT)) for name in names}
    before, after = _numbers(packages), _numbers(installed)
    for name in sorted(MATTER & (before.keys() | after.keys())):
        pair = before.get(name, ABSENT), after.get(name, ABSENT)
        if before and found.get(f"version.{name}") != pair:  # else it has been told
            found[f"package {name}"] = pair
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _numbers(packages: Sequence[str]) -> dict[str, str]:
    pairs = (each.partition("==") for each in packages)
    return {name: number for name, _, number in pairs}
