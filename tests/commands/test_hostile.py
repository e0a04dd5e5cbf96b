"""Nothing that is loaded can execute, reach the network, or write outside of the project."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bad_inputs.case import Case
from conftest import ROOT, environment
from hostile.cases import CASES

pytestmark = pytest.mark.slow
NAMED = {case.name: case for case in CASES}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of every case, by its name."""
    folder = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, "-m", "hostile.canary", str(folder)],
        cwd=folder,
        env=environment(
            folder,
            PYTHONPATH=f"{ROOT / 'tests'}:{ROOT / 'src'}",
            HOME=str(folder),
            PYTHONDONTWRITEBYTECODE="1",
            SECRET="s3cret",
        ),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.long
def test_the_canary_sees_what_does_run(met: dict[str, Any]) -> None:
    seen = [line.partition(":")[0] for line in met["control"]]
    assert {"pickle.find_class", "os.system", "open"} <= set(seen)


@pytest.mark.long
@pytest.mark.parametrize("case", NAMED.values(), ids=NAMED)
def test_nothing_is_executed(met: dict[str, Any], case: Case) -> None:
    found = met[case.name]
    assert found["seen"] == []
    assert found["code"] == case.code, found["stderr"]
    assert "Traceback" not in found["stderr"]
    assert "s3cret" not in found["stderr"]


def test_there_are_enough_of_them() -> None:
    assert len(NAMED) == len(CASES) >= 40


@pytest.mark.long
def test_a_page_holds_no_code_of_a_record(met: dict[str, Any]) -> None:
    page = met["page's code in records"]["page"]
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


FORBIDDEN = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "importlib.util", "runpy", "code"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    *("torch.load", "torch.jit.load", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "os.system", "os.popen"),
    *("hydra.utils.instantiate", "hydra.utils.call", "importlib.import_module", "pd.read_pickle", "pandas.read_pickle"),
}


#: Of modules that a package or the list of commands names, never a file.
LOADERS = {
    *("logodds/__init__.py", "logodds/commands/console.py", "logodds/options/registry.py", "logodds/runs/__init__.py"),
    "logodds/serving/served.py",  # the code stored with a model, which MLflow loads to run it
}


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of an expression that is such a name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def wrong(tree: ast.AST) -> list[str]:
    """Imports and calls by which a file could become code."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in FORBIDDEN]
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module)
            names = {f"{module}.{alias.name}" for alias in node.names}
            found += sorted(names & METHODS) + [module] * (module.partition(".")[0] in FORBIDDEN)
        elif isinstance(node, ast.Call):
            name = dotted(node.func)
            given = {key.arg: key.value for key in node.keywords}
            pickles = isinstance(allow := given.get("allow_pickle"), ast.Constant) and allow.value is not False
            shell = isinstance(asked := given.get("shell"), ast.Constant) and asked.value is not False
            if name in CALLS | METHODS or pickles or shell:
                found.append(name)
    return found


@pytest.mark.parametrize(
    "text",
    [
        *(
            "import pickle",
            "from joblib import load",
            "torch.load(path)",
            "eval(text)",
            "np.load(path, allow_pickle=True)",
        ),
        *("from hydra.utils import instantiate", "yaml.load(text, Loader)", "subprocess.run(text, shell=True)"),
    ],
)
def test_what_is_looked_for_is_found(text: str) -> None:
    assert wrong(ast.parse(text))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT / "src"))
)
def test_no_source_can_make_code_of_a_file(path: Path) -> None:
    loads = path.relative_to(ROOT / "src").as_posix() in LOADERS
    assert set(wrong(ast.parse(path.read_bytes()))) - ({"importlib.import_module"} if loads else set()) == set()
