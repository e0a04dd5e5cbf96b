"""Write data/ from what scikit-learn ships, the same bytes on every machine: python src/fetch.py"""

import sys

from logodds import command
from logodds.errors import UserError
from logodds.provenance import project_root
from logodds.sources import shipped


def main() -> int:
    if len(sys.argv) > 1:
        raise UserError("usage: python src/fetch.py (it takes no arguments)")
    for path in shipped.write(project_root() / "data"):
        print(path)
    return 0


if __name__ == "__main__":
    command.run(main)
