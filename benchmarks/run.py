"""All benchmarks, one after the other, or those that are named: python benchmarks/run.py [update tracking ...]"""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = (
    *("update", "tracking", "command", "pipeline", "newton", "text", "pictures", "mnist", "memory"),
    *("sweep", "sweepcommand", "frameworks"),
)


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"error: {', '.join(unknown)}: no such benchmark; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    sys.argv = sys.argv[:1]
    for name in chosen:
        importlib.import_module(name).main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
