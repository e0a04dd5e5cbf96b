"""Write the resolved configuration of a problem: python src/compose.py problem=iris [key=value ...]

python src/train.py --help lists the keys.
"""

import sys

from logodds import atomic, command
from logodds.compose import compose
from logodds.errors import UserError
from logodds.provenance import project_root


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
