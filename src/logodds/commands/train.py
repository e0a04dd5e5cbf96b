"""Train a model: logodds train problem=iris optim.lr=0.1; or a sweep: -m optim.lr=0.01,0.1. --help lists all options.

In the pipeline: logodds train out/iris/config.yaml, on the table and the split that earlier stages wrote.
"""

import sys
from pathlib import Path


def main() -> int:
    arguments = sys.argv[1:]
    if len(arguments) == 1 and arguments[0].endswith(".yaml"):
        from logodds.commands import train_stage

        return train_stage.main(Path(arguments[0]))
    from logodds.commands import train_runs

    return train_runs.main(arguments)
