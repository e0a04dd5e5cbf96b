"""Run commands on hostile files and write down whatever is executed, imported, connected to or written elsewhere.

python tests/hostile/canary.py FOLDER, with tests/ and src/ on the path; prints JSON. An audit hook cannot be removed,
hence a process of its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import pickle
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import Any

from bad_inputs.case import Case
from conftest import ROOT, load_mlflow
from hostile.cases import CASES, PICKLE, PWNED
from inprocess import called, copied, trained_toy

ALWAYS = {
    *("os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.startfile", "pty.spawn"),
    *("socket.connect", "socket.bind", "socket.sendto", "pickle.find_class", "os.chown"),
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MOVING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}
#: Where code may come from.
OURS = ("<", str(ROOT), *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")))


class Canary:
    """Final. ``seen``: what happened while it listened, a line each; ``place``: where writing is right."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.place: Path | None = None
        self._busy = False

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if self.place is None or self._busy:
            return
        self._busy = True
        try:
            told = self._told(event, given, str(self.place))
        finally:
            self._busy = False
        if told:
            self.seen.append(f"{event}: {told}"[:300])

    def _told(self, event: str, given: tuple[Any, ...], place: str) -> str | None:
        if event in ALWAYS:
            return repr(given)
        if event == "subprocess.Popen":
            return None if given[1][:1] == ["git"] else repr(given[:2])  # ours asks for the commit
        if event == "exec":
            file = given[0].co_filename
            return None if file.startswith(OURS) and not file.startswith(place) else file
        if event == "open" and isinstance(given[0], str) and (given[2] or 0) & WRITING:
            return self._outside(given[0], place)
        if event in MOVING and isinstance(given[0], str | os.PathLike):
            return self._outside(os.fspath(given[0]), place)
        return None

    @staticmethod
    def _outside(path: str, place: str) -> str | None:
        full = os.path.realpath(path)
        within = (place, os.path.realpath(os.environ["TMPDIR"]), "/dev/null", "/dev/shm")
        return None if full.startswith(within) else full


def tried(canary: Canary, case: Case, root: Path, toy: Any) -> dict[str, Any]:
    """What came of one case."""
    project = copied(toy, root)
    for given in case.given:
        given(project)
    out, err = io.StringIO(), io.StringIO()
    canary.seen, canary.place = [], root
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = called(project.filled(case.command))
    except BaseException:
        code, raised = -1, traceback.format_exc()
        err.write(raised)
    finally:
        canary.place = None
    seen = [*canary.seen, *(str(path) for path in root.parent.parent.rglob(f"*{PWNED}*"))]
    return {"code": code, "stderr": err.getvalue(), "seen": seen, "page": page(root)}


def page(root: Path) -> str:
    return "".join(path.read_text() for path in sorted(root.glob("out/compare/*.html")))


def control(canary: Canary, root: Path) -> list[str]:
    """What is seen of a pickle that does run, and of a file beside the project."""
    root.mkdir(parents=True)
    os.chdir(root)
    canary.seen, canary.place = [], root
    pickle.loads(PICKLE)
    (root.parent / "beside").write_text("")
    canary.place = None
    (root.parent / PWNED).unlink()
    return canary.seen


def main() -> None:
    folder = Path(sys.argv[1])
    os.environ["TMPDIR"] = str(folder / "tmp")
    (folder / "tmp").mkdir()
    load_mlflow()
    toy = trained_toy(folder / "toy" / "project")
    canary = Canary()
    sys.addaudithook(canary)
    found: dict[str, Any] = {"control": control(canary, folder / "control" / "project")}
    for number, case in enumerate(CASES):
        found[case.name] = tried(canary, case, folder / f"{number}" / "project", toy)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
