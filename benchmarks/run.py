"""All benchmarks, one after the other, or those that are named: python benchmarks/run.py [update tracking ...]

One that fails does not keep the others from running. ``LOGODDS_BENCHMARKS=smallest`` runs each at its smallest size.
"""

from __future__ import annotations

import importlib
import sys
import traceback

BENCHMARKS = (
    *("update", "tracking", "command", "pipeline", "newton", "text", "pictures", "mnist", "memory", "reading"),
    *("sweep", "sweepcommand", "frameworks"),
)


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"error: {', '.join(unknown)}: no such benchmark; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    sys.argv = sys.argv[:1]
    failed = []
    for name in chosen:
        try:
            importlib.import_module(name).main()
        except ModuleNotFoundError as error:
            print(f"{name}: needs {error.name}, which pip install '.[bench]' brings", file=sys.stderr)
            failed.append(name)
        except (Exception, SystemExit):
            traceback.print_exc()
            failed.append(name)
    if failed:
        print(f"error: {', '.join(failed)}: failed, see above", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
