"""Data for problems.

logodds fetch                      writes data/ from what scikit-learn ships, the same bytes on every machine
logodds fetch adult                downloads a public data set to downloads/adult; also mnist, spam, titanic
logodds fetch adult from=PATH      takes it from a file, folder or archive at hand instead
"""

import sys
from pathlib import Path

from logodds.data.sources.downloads.obtain import obtain
from logodds.data.sources.downloads.public import FOLDER, PUBLIC
from logodds.system import locations
from logodds.system.errors import UserError
from logodds.system.terminal import document
from logodds.system.terminal.invocation import typed


def main() -> int:
    arguments = sys.argv[1:]
    if not arguments:
        from logodds.data.sources.downloads import shipped  # scikit-learn is slow to import

        for path in shipped.write(locations.project_root() / "data"):
            print(path)
            document.append("files", path)
        return 0
    name, *rest = arguments
    if len(rest) > 1 or name.startswith(("-", "from=")) or not all(item.startswith("from=") for item in rest):
        raise UserError(f"usage: {typed('fetch')} [{'|'.join(sorted(PUBLIC))} [from=FILE_OR_FOLDER]]")
    given = Path(rest[0].removeprefix("from=")) if rest else None
    for line in obtain(name, locations.project_root() / FOLDER / name, given):
        print(line)
    document.add(folder=locations.project_root() / FOLDER / name)
    return 0
