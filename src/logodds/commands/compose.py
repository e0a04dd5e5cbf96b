"""Write the resolved configuration of a problem: logodds compose problem=iris [key=value ...]

logodds train --help lists the keys.
"""

import sys

from logodds.runs.compose import compose
from logodds.system import atomic, locations
from logodds.system.errors import UserError
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed


def main() -> int:
    config = compose(sys.argv[1:])
    if config.split.folds is not None:
        raise UserError(
            f"split.folds={config.split.folds}: not in the pipeline; {typed('train problem=NAME')} takes it"
        )
    path = locations.project_root() / "out" / config.problem.name / "config.yaml"
    atomic.write_text(path, config.to_yaml())
    document.add(problem=config.problem.name, files=[path])
    return 0
