"""The main job: check data/, run the pipeline, say whether the outputs are the committed ones.

python src/reproduce.py [problem]; LOGODDS_DEVICE=auto|cpu|cuda chooses the device.
"""

import sys

from logodds.runs import pipeline
from logodds.system.errors import UserError
from logodds.system.terminal import command


def main() -> int:
    if len(sys.argv) > 2:
        raise UserError("usage: python src/reproduce.py [problem]")
    return pipeline.reproduce(sys.argv[1] if len(sys.argv) == 2 else None)


if __name__ == "__main__":
    command.run(main, __doc__)
