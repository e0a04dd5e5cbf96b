"""List what the pipeline's stages run, with digests: logodds digest writes out/code/compose.sha256, and
logodds digest out/iris/config.yaml writes out/iris/code/STAGE.sha256 for each stage that reads this configuration.

A stage depends on its list, so that it runs again exactly when a file that it imports has changed.
"""

import sys
from pathlib import Path

from logodds.runs import code
from logodds.runs.config import read_file
from logodds.system import atomic, locations
from logodds.system.errors import UserError
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed


def main() -> int:
    match sys.argv[1:]:
        case []:
            files = {locations.project_root() / "out" / "code" / "compose.sha256": code.of_compose()}
        case [name] if name.endswith(".yaml"):
            path = Path(name)
            config = read_file(path)
            files = {path.parent / "code" / f"{stage}.sha256": code.of_stage(stage, config) for stage in code.STAGES}
        case _:
            raise UserError(f"usage: {typed('digest')} [out/PROBLEM/config.yaml]")
    atomic.write_files({file: text.encode() for file, text in files.items()})
    document.add(files=list(files))
    return 0
