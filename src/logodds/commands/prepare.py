"""Raw file -> typed table: logodds prepare out/iris/config.yaml"""

from logodds.data import table
from logodds.data.problem import SOURCES
from logodds.options import configfile
from logodds.system.terminal import command, document


def main() -> int:
    path = command.one_path("prepare", "out/PROBLEM/config.yaml")
    problem = SOURCES.read(configfile.section(path, "problem"))
    rows = problem.read(configfile.section(path, "split")["column"])
    table.save(rows, path.parent / "table.arrow")
    document.add(problem=problem.name, files=[path.parent / "table.arrow"], rows=len(rows), classes=rows.classes)
    return 0
