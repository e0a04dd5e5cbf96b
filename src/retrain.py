"""What src/replay.py calls, in the code of the run that it replays: python src/retrain.py FOLDER ...

Each folder holds a config.yaml and an order.json, and gets the files of a run; nothing is recorded.
"""

import sys
from pathlib import Path

from logodds.system.errors import UserError
from logodds.system.terminal import command


def main() -> int:
    folders = [Path(each) for each in sys.argv[1:]]
    if not folders or not all((each / "order.json").is_file() for each in folders):
        raise UserError("usage: python src/retrain.py FOLDER ..., as src/replay.py calls it")
    from logodds.review.replay import retraining

    retraining.run(folders)
    return 0


if __name__ == "__main__":
    command.run(main, __doc__)
