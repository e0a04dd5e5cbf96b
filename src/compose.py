"""Write the resolved configuration of a problem: python src/compose.py problem=iris [key=value ...]

python src/train.py --help lists the keys.
"""

import sys

from logodds.runs.compose import compose
from logodds.system import atomic
from logodds.system.errors import UserError
from logodds.system.places import project_root
from logodds.system.terminal import command


def main() -> int:
    config = compose(sys.argv[1:])
    if config.split.folds is not None:
        raise UserError(
            f"split.folds={config.split.folds}: not in the pipeline; python src/train.py problem=NAME takes it"
        )
    atomic.write_text(project_root() / "out" / config.problem.name / "config.yaml", config.to_yaml())
    return 0


if __name__ == "__main__":
    command.run(main, __doc__)
