"""Open the test rows for a trained model: logodds evaluate run=RUN_ID

RUN_ID stands in the address that a training prints; in the pipeline: logodds evaluate out/iris/config.yaml
"""

import sys
from pathlib import Path

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed


def main() -> int:
    arguments = sys.argv[1:]
    if len(arguments) != 1 or not (arguments[0].startswith("run=") or arguments[0].endswith(".yaml")):
        raise UserError(f"usage: {typed('evaluate run=RUN_ID | out/PROBLEM/config.yaml')}")
    if arguments[0].startswith("run="):
        from logodds.commands import evaluate_run

        return evaluate_run.main(arguments[0].removeprefix("run="))
    from logodds.commands import evaluate_stage

    return evaluate_stage.main(Path(arguments[0]))
