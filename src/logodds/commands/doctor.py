"""Look the project over: its record, the files beside it, DVC's cache and locks: logodds doctor

A line for each check: fine, mended (what can be put right without anybody's choice), or to do, with what to type.
Nothing is removed. Exit code 0: nothing is left to do, 1: something is, 74: the store cannot be read.
"""

import sys

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed


def main() -> int:
    if len(sys.argv) > 1:
        raise UserError(f"usage: {typed('doctor')}")
    from logodds.review.doctor import examination

    return examination.run()
