"""The command: a sweep that was trained, its ranking, its page, and what is refused."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Reproduced, client, environment, files, run
from sweep_stores import listed

USAGE = "usage: python src/compare.py sweep=ID | runs=[ID,ID] | problem=NAME [out=FILE.html]"


@pytest.fixture(scope="module")
def swept(reproduced: Reproduced) -> tuple[Path, str, list[str]]:
    """The clone, the id of a sweep in it, and those of its runs as the training ranked them."""
    done = run(reproduced.clone, "src/train.py", "-m", "problem=iris", "train.epochs=6", "optim.lr=0.01,0.1,0.03")
    ids = [row[-1] for row in listed(done.stdout)]
    return reproduced.clone, client(reproduced.clone).get_run(ids[0]).data.tags["sweep.id"], ids


def data_of(page: Path) -> dict[str, object]:
    (text,) = re.findall(r'id="data">(.*?)</script>', page.read_text())
    found: dict[str, object] = json.loads(text)
    return found


def test_a_sweep_is_ranked_as_its_training_ranked_it(swept: tuple[Path, str, list[str]]) -> None:
    clone, sweep, ids = swept
    done = run(clone, "src/compare.py", f"sweep={sweep}")
    page = clone / "out" / "compare" / f"iris-{sweep[:12]}.html"
    figures = [client(clone).get_run(each).data.metrics for each in ids]
    lines = done.stdout.splitlines()
    assert lines[0] == f"iris: sweep {sweep[:12]}, 3 runs, lowest best/log_loss first"
    rows = [line.split() for line in lines[3:6]]
    assert [(row[0], row[2], row[-1]) for row in rows] == [
        (str(place), f"{each['best/log_loss']:.4f}", run_id)
        for place, (each, run_id) in enumerate(zip(figures, ids, strict=True), start=1)
    ]
    assert lines[6:] == [f"page: {page}", f"best on test rows: python src/evaluate.py run={ids[0]}"]
    assert done.stderr == ""
    names = [client(clone).get_run(each).info.run_name for each in ids]
    assert data_of(page) == {
        "names": ["lr"],
        "runs": [
            {"label": f"{place}: {name}", "words": [name.removeprefix("lr=")]}
            for place, name in enumerate(names, start=1)
        ],
    }
    text = page.read_text()
    assert all(f"/runs/{each}?" in text for each in ids)
    assert text.count("Confusion matrix of ") == 3


def test_some_runs_by_their_beginnings_to_a_file_of_choice(swept: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    clone, _, ids = swept
    page = tmp_path / "new" / "page.html"
    done = run(clone, "src/compare.py", f"runs=[{ids[2][:8]},{ids[0][:8]}]", f"out={page}")
    assert f"page: {page}" in done.stdout.splitlines()
    assert [each.name for each in page.parent.iterdir()] == ["page.html"]
    assert re.findall(r'<tr data-run="\d+">.*?<code>(\w+)</code>', page.read_text()) == [ids[0], ids[2]]


def test_the_page_is_written_though_the_reader_of_the_ranking_has_ended(
    swept: tuple[Path, str, list[str]], tmp_path: Path
) -> None:
    clone, sweep, _ = swept
    page = tmp_path / "page.html"
    command = [sys.executable, "src/compare.py", f"sweep={sweep}", f"out={page}"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command, cwd=clone, env=environment(clone), stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
    assert "Confusion matrix of " in page.read_text()


def test_a_run_whose_files_lead_elsewhere_is_told_and_the_others_are_compared(
    swept: tuple[Path, str, list[str]], tmp_path: Path
) -> None:
    clone, sweep, ids = swept
    (matrix,) = clone.glob(f"mlruns/**/{ids[1]}/artifacts/val/confusion_matrix.json")
    kept = matrix.rename(tmp_path / "kept.json")
    matrix.symlink_to(kept)
    try:
        done = run(clone, "src/compare.py", f"sweep={sweep}", f"out={tmp_path / 'page.html'}")
    finally:
        matrix.unlink()
        shutil.copy(kept, matrix)
    assert done.stderr == (
        f"note: a confusion matrix is left out: run={ids[1]}: its recorded files are outside its experiment's folder; "
        "choose another run\n"
    )
    assert (tmp_path / "page.html").read_text().count("Confusion matrix of ") == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], USAGE),
        (["iris"], USAGE),
        (["sweep="], USAGE),
        (["sweep=a", "problem=iris"], USAGE),
        (["runs=a", "runs=b"], USAGE),
        (["out=x.html"], USAGE),
        (["problem=iris", "out=x.txt"], "out=x.txt: the page is a file whose name ends in .html"),
        (["problem=breastcancer"], "problem=breastcancer: the store has no runs of it; did you mean breast_cancer?"),
        (["sweep=0123456789ab"], "sweep=0123456789ab: no such sweep in {uri}; its id is that of its parent run"),
    ],
)
def test_refused_before_anything_is_written(
    swept: tuple[Path, str, list[str]], arguments: list[str], told: str
) -> None:
    clone = swept[0]
    before = {name: when for name, when in files(clone).items() if not name.startswith("mlruns/")}
    done = run(clone, "src/compare.py", *arguments, check=False)
    uri = f"sqlite:///{clone / 'mlruns' / 'mlflow.db'}"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {told.format(uri=uri)}\n")
    assert {name: when for name, when in files(clone).items() if not name.startswith("mlruns/")} == before


def test_a_folder_that_cannot_be_written_is_told(swept: tuple[Path, str, list[str]]) -> None:
    clone, sweep, _ = swept
    done = run(clone, "src/compare.py", f"sweep={sweep}", "out=/proc/page.html", check=False)
    told = "/proc/page.html: No such file or directory; check the path, its permissions and the disk"
    assert (done.returncode, done.stderr) == (74, f"error: {told}\n")
    assert "page: " not in done.stdout


def test_a_disk_without_room_for_the_page_is_told(swept: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "--mount", "true"]).returncode:
        pytest.skip("this user may not mount a disk of its own")
    clone, sweep, _ = swept
    command = f"mount -t tmpfs -o size=16k none {tmp_path} && exec {sys.executable} src/compare.py sweep={sweep}"
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", f"{command} out={tmp_path}/page.html"],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
    )
    told = f"{tmp_path}/page.html: No space left on device; check the path, its permissions and the disk"
    assert (done.returncode, done.stderr) == (74, f"error: {told}\n")


@pytest.mark.slow
def test_help_is_how_to_call_it() -> None:
    done = run(ROOT, "src/compare.py", "--help")
    assert "python src/compare.py sweep=ID | runs=[ID,ID] | problem=NAME" in done.stdout
    assert done.stderr == ""


def test_a_problem_of_the_pipeline(swept: tuple[Path, str, list[str]]) -> None:
    clone, _, ids = swept
    done = run(clone, "src/compare.py", "problem=iris")
    assert (clone / "out" / "compare" / "iris.html").is_file()
    data = data_of(clone / "out" / "compare" / "iris.html")
    assert isinstance(data["runs"], list)
    assert len(data["runs"]) >= len(ids) + 1
    assert "test" in done.stdout  # the pipeline's run has opened its test rows


def test_of_runs_that_are_ranked_apart_none_is_the_best(swept: tuple[Path, str, list[str]]) -> None:
    clone, _, ids = swept
    told = run(clone, "src/train.py", "problem=iris", "train.epochs=6", "split.seed=7").stdout
    (other,) = re.findall(r"/runs/([0-9a-f]{32})", told)
    done = run(clone, "src/compare.py", f"runs=[{ids[0]},{other}]")
    assert done.stdout.splitlines()[-1].startswith("page: ")
    assert "not judged on the same rows, so ranked apart: A 1 run" in done.stderr
