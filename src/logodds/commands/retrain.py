"""What a replay calls, in the code of the run that it replays: logodds retrain FOLDER ...

Each folder holds a config.yaml and an order.json, and gets the files of a run; nothing is recorded.
"""

import sys
from pathlib import Path

from logodds.system.errors import UserError
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed


def main() -> int:
    folders = [Path(argument) for argument in sys.argv[1:]]
    if not folders or not all((folder / "order.json").is_file() for folder in folders):
        raise UserError(f"usage: {typed('retrain FOLDER ...')}, as a replay calls it")
    from logodds.review.replay import retraining

    retraining.run(folders)
    document.add(folders=folders)
    return 0
