"""Open the test rows for a trained model: python src/evaluate.py run=RUN_ID

RUN_ID stands in the address that a training prints; in the pipeline: python src/evaluate.py out/iris/config.yaml
"""

import sys
from pathlib import Path

from logodds import command
from logodds.errors import UserError


def main() -> int:
    arguments = sys.argv[1:]
    if len(arguments) != 1 or not (arguments[0].startswith("run=") or arguments[0].endswith(".yaml")):
        raise UserError("usage: python src/evaluate.py run=RUN_ID | out/PROBLEM/config.yaml")
    from logodds import config, holdout, schema, tables

    if arguments[0].startswith("run="):
        found = holdout.of_run(arguments[0].removeprefix("run="))
    else:
        path = Path(arguments[0])
        found = holdout.of_folder(path.parent, config.read_config(schema.load(path)))
    tables.show_evaluation(found, "Test rows")
    return 0


if __name__ == "__main__":
    command.run(main, __doc__)
