"""The main job: check data/, run the pipeline, say whether the outputs are the committed ones.

logodds reproduce [problem]; LOGODDS_DEVICE=auto|cpu|cuda chooses the device.
"""

import sys

from logodds.runs import pipeline
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed


def main() -> int:
    if len(sys.argv) > 2:
        raise UserError(f"usage: {typed('reproduce [problem]')}")
    return pipeline.reproduce(sys.argv[1] if len(sys.argv) == 2 else None)
