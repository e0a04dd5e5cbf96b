"""Machines, disks and folders that do not let a command go on."""

import shutil

from bad_inputs.case import Case, Given, Project, wrote


def a_file(path: str) -> Given:
    """A file where a folder belongs."""

    def given(project: Project) -> None:
        place = project.root / path
        shutil.rmtree(place, ignore_errors=True)
        place.write_text("")

    return given


def a_folder(path: str) -> Given:
    """A folder where a file belongs."""

    def given(project: Project) -> None:
        (project.root / path).unlink(missing_ok=True)
        (project.root / path).mkdir()

    return given


def closed(path: str) -> Given:
    return lambda project: (project.root / path).chmod(0o500)


CONFIG = "out/toy/config.yaml"

CASES = [
    Case("no GPU", "train problem=toy train.device=cuda", "***", without_gpu=True),
    Case(
        "no GPU by the environment",
        "train problem=toy",
        "***",
        environment={"LOGODDS_DEVICE": "cuda"},
        without_gpu=True,
    ),
    Case("no GPU for the pipeline", "reproduce toy", "***", environment={"LOGODDS_DEVICE": "cuda"}, without_gpu=True),
    Case("unknown device for the pipeline", "reproduce toy", "***", environment={"LOGODDS_DEVICE": "gpu"}),
    Case("out is a file", "train problem=toy tracking=none train.epochs=3", "***", (a_file("out"),), 74),
    Case("runs is a file", "train problem=toy tracking=none train.epochs=3", "***", (a_file("out/runs"),), 74),
    Case("out is a file in the pipeline", "compose problem=toy", "***", (a_file("out"),), 74),
    Case("a stage's output is a folder", f"prepare {CONFIG}", "***", (a_folder("out/toy/table.arrow"),), 74),
    Case("the split is a folder", f"split {CONFIG}", "***", (a_folder("out/toy/split.safetensors"),), 74),
    Case("the table is a folder", f"split {CONFIG}", "***", (a_folder("out/toy/table.arrow"),)),
    Case("mlruns is a file", "train problem=toy", "***", (a_file("mlruns"),), 74),
    Case("mlruns is a file for evaluate", "evaluate run={run}", "***", (a_file("mlruns"),)),
    Case(
        "folder that may not be written",
        "train problem=toy tracking=none",
        "***",
        (closed("out/runs"),),
        74,
        without_root=True,
    ),
    Case("page in a file", "compare problem=toy out=data/toy.csv/page.html", "***", code=74),
    Case("page that is a folder", "compare problem=toy out=data", "***"),
    Case("archive that is none", "fetch titanic from=data/toy.csv", "***"),
    Case("data that is not there", "fetch adult from=nowhere", "***"),
    Case("data folder is a file", "fetch", "***", (a_file("data"),), 74),
    Case("table written over", "prepare out/toy/config.yaml", "***", (wrote("data/toy.csv", "x1,x2,label\n"),)),
]
