"""Raw file -> typed table: logodds prepare out/iris/config.yaml"""

from logodds.data import table
from logodds.data.problem import SOURCES
from logodds.options import configfile
from logodds.system.terminal import command


def main() -> int:
    path = command.one_path("prepare", "out/PROBLEM/config.yaml")
    problem = SOURCES.read(configfile.section(path, "problem"))
    table.save(problem.read(), path.parent / "table.arrow")
    return 0
