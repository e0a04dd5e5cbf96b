"""Train a recorded run again, from its record alone, and say whether the results are the same: logodds replay run=ID

ID is a run's, or that of a sweep, a search or a cross-validation for all runs below it. The verdict is one of
identical          weights, curves and predictions are equal to the last bit (exit code 0)
within tolerance   not equal, but as close as another processor's rounding comes (0; with strict=true 1)
different          they are not; the first epoch and tensor that are further apart are named (1)
not comparable     the code, the data or the device of the run is not to be had here (3)
"""

import sys

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed

USAGE = "replay run=RUN_ID [strict=true]"


def main() -> int:
    given = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
    strict = given.pop("strict", "false")
    if given.keys() != {"run"} or len(sys.argv) > 3 or strict not in ("true", "false"):
        raise UserError(f"usage: {typed(USAGE)}")
    from logodds.review.replay import replay

    return replay.run(given["run"], strict == "true")
