"""Open the test rows for a trained model: python src/evaluate.py run=RUN_ID

RUN_ID stands in the address that a training prints; in the pipeline: python src/evaluate.py out/iris/config.yaml
"""

import sys
from pathlib import Path

from logodds.system.errors import UserError
from logodds.system.terminal import command


def main() -> int:
    arguments = sys.argv[1:]
    if len(arguments) != 1 or not (arguments[0].startswith("run=") or arguments[0].endswith(".yaml")):
        raise UserError("usage: python src/evaluate.py run=RUN_ID | out/PROBLEM/config.yaml")
    from logodds.runs import config, show, test_rows

    if arguments[0].startswith("run="):
        run_id = arguments[0].removeprefix("run=")
        settings, found = test_rows.of_run(run_id)
        place = f"run {run_id}"
    else:
        path = Path(arguments[0])
        settings = config.read_file(path)
        found, place = test_rows.of_folder(path.parent, settings), str(path.parent)
    show.show_evaluation(found, f"{settings.problem.name}: test rows of {place}")
    return 0


if __name__ == "__main__":
    command.run(main, __doc__)
