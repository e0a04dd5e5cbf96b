"""List what each stage's command runs, with digests: logodds digest writes out/code/STAGE.sha256

A stage depends on its list, so that it runs again exactly when a file that its command imports has changed.
"""

import sys

from logodds.runs import pipeline
from logodds.system import atomic, places
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed
from logodds.tracking.provenance import imports


def main() -> int:
    if len(sys.argv) > 1:
        raise UserError(f"usage: {typed('digest')}")
    root, source = places.project_root(), places.LIBRARY
    commands = source if places.checkout() is not None else source / "logodds" / "commands"
    for stage in pipeline.STAGES:
        listed = imports.listing(commands / f"{stage}.py", source, places.packages())
        atomic.write_text(root / "out" / "code" / f"{stage}.sha256", listed)
    return 0
