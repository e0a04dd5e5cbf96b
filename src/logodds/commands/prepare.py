"""Raw file -> typed table: logodds prepare out/iris/config.yaml"""

from logodds.data import table
from logodds.data.sources import kinds
from logodds.options import configfile
from logodds.system.terminal import command


def main() -> int:
    path = command.one_path("prepare", "out/PROBLEM/config.yaml")
    problem = kinds.options(configfile.section(path, "problem"))
    table.save(kinds.read(problem), path.parent / "table.arrow")
    return 0
