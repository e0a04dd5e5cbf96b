"""Raw file -> typed table: python src/prepare.py out/iris/config.yaml"""

import sys

from logodds import command, configfile, table
from logodds.sources import kinds


def main() -> int:
    path = command.one_path(sys.argv, "out/PROBLEM/config.yaml")
    problem = kinds.options(configfile.section(path, "problem"))
    table.save(kinds.read(problem), path.parent / "table.arrow")
    return 0


if __name__ == "__main__":
    command.run(main, __doc__)
