"""Find what has changed in the machine and its libraries since a run was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from logodds.tracking.provenance.environment import PACKAGES

MATTER = {*PACKAGES, "safetensors", "scipy", "pillow", "omegaconf"}  # packages that read, compute or write
ABSENT = "none"


def differences(
    recorded: Mapping[str, str], packages: Sequence[str], now: Mapping[str, str], installed: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Return the recorded and the present value of everything that has changed, by name.

    Args:
        recorded: values of the record, by the names of ``now``.
        packages: packages of the record, as ``name==version``.
        now: present values, from :func:`logodds.tracking.provenance.environment.environment`.
        installed: packages that are installed now, as ``name==version``.
    """
    pairs = {name: (recorded.get(name, ABSENT), now.get(name, ABSENT)) for name in {**now, **recorded}}
    before, after = _numbers(packages), _numbers(installed)
    for name in sorted(MATTER & (before.keys() | after.keys())):
        pair = before.get(name, ABSENT), after.get(name, ABSENT)
        if before and pairs.get(f"version.{name}") != pair:  # otherwise it is listed already
            pairs[f"package {name}"] = pair
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _numbers(packages: Sequence[str]) -> dict[str, str]:
    """Return version numbers by package name."""
    parts = (package.partition("==") for package in packages)
    return {name: number for name, _, number in parts}
