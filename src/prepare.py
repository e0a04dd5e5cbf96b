"""Raw file -> typed table: python src/prepare.py out/iris/config.yaml"""

import sys

from logodds.data import table
from logodds.data.sources import kinds
from logodds.options import configfile
from logodds.system.terminal import command


def main() -> int:
    path = command.one_path(sys.argv, "out/PROBLEM/config.yaml")
    problem = kinds.options(configfile.section(path, "problem"))
    table.save(kinds.read(problem), path.parent / "table.arrow")
    return 0


if __name__ == "__main__":
    command.run(main, __doc__)
