"""Every benchmark, at its smallest size: that it works, and that its two sides give the same results."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import pytest
from conftest import ROOT, load_mlflow

#: Packages of the extra ``bench`` by the benchmark that needs them.
EXTRAS = {
    "sweep": ("joblib",),
    "sweepcommand": ("joblib", "hydra_plugins.hydra_joblib_launcher"),
    "frameworks": ("lightning", "skorch"),
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], types.ModuleType]]:
    """Imports a module of ``benchmarks/``, which is forgotten at the end with what it set."""
    load_mlflow()
    import mlflow

    monkeypatch.setenv("LOGODDS_BENCHMARKS", "smallest")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.setattr(sys, "argv", ["run.py"])
    yield importlib.import_module
    mlflow.set_tracking_uri(None)
    for path in (ROOT / "benchmarks").glob("*.py"):
        sys.modules.pop(path.stem, None)
    if "joblib" in sys.modules:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown()


def cases() -> list[str]:
    """Every file with a ``main``, but the one that runs the others and those that read files of one's own."""
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py") if "def main()" in path.read_text())
    return [name for name in names if name not in ("run", "problems", "quality")]


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", cases())
def test_a_benchmark_runs_to_its_end(
    load: Callable[[str], types.ModuleType], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = [package for package in EXTRAS.get(name, ()) if find_spec(package) is None]
    if absent:
        pytest.skip(f"{', '.join(absent)} not installed; pip install '.[bench]' brings it")
    run = load("run")
    assert name in run.BENCHMARKS
    sys.argv.append(name)
    code = run.main()
    out, err = capsys.readouterr()
    assert code == 0, err
    assert "ours (median)" in out


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_problems_run_to_their_end(
    load: Callable[[str], types.ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    sys.argv.append("iris")
    load("problems").main()
    assert "│ folds │ accuracy │ 1.0000 ± 0.0000 │ >= 0.99 │ reached │" in " ".join(capsys.readouterr().out.split())


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_quality_on_tables_runs_to_its_end(
    load: Callable[[str], types.ModuleType], capsys: pytest.CaptureFixture[str]
) -> None:
    """The mean rank over one table is the rank in it, and linear models separate its classes nearly at once."""
    quality = load("quality")
    sys.argv[1:] = []
    quality.main()
    out = capsys.readouterr().out
    (row,) = (line for line in out.splitlines() if "breast_cancer" in line)
    found = [[float(text) for text in cell.split("/")] for cell in row.split("│")[2:-1]]
    (ranks,) = (line for line in out.splitlines() if "mean rank" in line)
    losses = [loss for loss, _, _ in found]
    assert [float(cell) for cell in ranks.split("│")[2:-1]] == [sorted(losses).index(loss) + 1 for loss in losses]
    assert dict(zip([*quality.OURS, *quality.installed()], found, strict=True))["LogisticRegression"][1] > 0.98


@pytest.mark.slow
def test_a_benchmark_that_fails_is_named_and_the_next_one_runs(
    load: Callable[[str], types.ModuleType], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise AttributeError("gone")

    def unequipped() -> None:
        raise ModuleNotFoundError("No module named 'absent'", name="absent")

    run, ran = load("run"), []
    for name, main in {"update": broken, "newton": unequipped, "mnist": lambda: ran.append("mnist")}.items():
        monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(main=main))
    sys.argv += ["update", "newton", "mnist"]
    assert (run.main(), ran) == (1, ["mnist"])
    err = capsys.readouterr().err
    assert "AttributeError: gone" in err
    assert "newton: needs absent, which pip install '.[bench]' brings" in err
    assert err.endswith("error: update, newton: failed, see above\n")
    sys.argv = ["run.py", "update", "nothing"]
    assert run.main() == 2
