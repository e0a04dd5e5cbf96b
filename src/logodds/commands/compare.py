"""Compare runs: logodds compare sweep=ID | runs=[ID,ID] | problem=NAME   [out=FILE.html]

A ranking on the terminal, and a page with curves, parameters and confusion matrices in out/compare/ (or FILE).
"""

import sys
from pathlib import Path

from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed

USAGE = "compare sweep=ID | runs=[ID,ID] | problem=NAME [out=FILE.html]"


def main() -> int:
    given = dict(argument.partition("=")[::2] for argument in sys.argv[1:])
    out = given.pop("out", None)
    if len(given) != 1 or len(sys.argv) - 1 != len(given) + (out is not None) or not all(given.values()):
        raise UserError(f"usage: {typed(USAGE)}")
    ((key, value),) = given.items()
    if key not in ("sweep", "runs", "problem"):
        raise UserError(f"usage: {typed(USAGE)}")
    path = None if out is None else Path(out)
    if path is not None and (path.suffix != ".html" or path.is_dir()):
        raise UserError(f"out={out}: the page is a file whose name ends in .html")
    if path is not None and any(parent.is_file() for parent in path.parents):
        raise UserError(f"out={out}: the page lies in a folder, and there is a file in its place; name another")
    from logodds.review.comparison import compare

    compare.run(key, value, path)
    return 0
