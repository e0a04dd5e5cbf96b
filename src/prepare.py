"""Raw file -> typed table: python src/prepare.py out/iris/config.yaml"""

import sys

from logodds import command, schema, table
from logodds.problem import Problem
from logodds.sources import csv


def main() -> int:
    path = command.one_path(sys.argv, "out/PROBLEM/config.yaml")
    problem = schema.read(Problem, schema.load(path).problem, "problem")
    table.save(csv.read(problem, problem.file()), path.parent / "table.arrow")
    return 0


if __name__ == "__main__":
    command.run(main)
