"""A namespace of process numbers of its own, as containers have."""

from __future__ import annotations

import subprocess

import pytest

IN_CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")


def _reason() -> str:
    try:
        done = subprocess.run([*IN_CONTAINER, "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return "there is no unshare(1)"
    return done.stderr.strip()


REASON = _reason()
needs_containers = pytest.mark.skipif(REASON != "", reason=f"no namespaces here: {REASON}")
