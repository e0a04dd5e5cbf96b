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


def without_git(project: Project) -> None:
    """As it is unpacked from an archive of the project."""
    git = project.root / ".git"
    if git.is_dir():
        shutil.rmtree(git)


def closed(path: str) -> Given:
    return lambda project: (project.root / path).chmod(0o500)


CONFIG = "out/toy/config.yaml"

CASES = [
    Case(
        "no GPU",
        "train problem=toy train.device=cuda",
        "train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto",
        without_gpu=True,
    ),
    Case(
        "no GPU by the environment",
        "train problem=toy",
        "train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto",
        environment={"LOGODDS_DEVICE": "cuda"},
        without_gpu=True,
    ),
    Case(
        "no GPU for the pipeline",
        "reproduce toy",
        "train.device=cuda: PyTorch finds no GPU on this machine; use train.device=cpu or auto",
        environment={"LOGODDS_DEVICE": "cuda"},
        without_gpu=True,
    ),
    Case(
        "unknown device for the pipeline",
        "reproduce toy",
        "DEVICE=gpu: must be one of auto, cpu, cuda",
        environment={"LOGODDS_DEVICE": "gpu"},
    ),
    Case(
        "no git repository",
        "reproduce toy",
        "{root}: is in no git repository, which DVC needs; type `git init`, and commit the files so that "
        "the record can name the code of each run",
        (without_git,),
    ),
    Case(
        "out is a file",
        "train problem=toy tracking=none train.epochs=3",
        "{root}/out/runs/toy: Not a directory; check the path, its permissions and the disk",
        (a_file("out"),),
        74,
    ),
    Case(
        "runs is a file",
        "train problem=toy tracking=none train.epochs=3",
        "{root}/out/runs/toy: Not a directory; check the path, its permissions and the disk",
        (a_file("out/runs"),),
        74,
    ),
    Case(
        "out is a file in the pipeline",
        "compose problem=toy",
        "{root}/out/toy: Not a directory; check the path, its permissions and the disk",
        (a_file("out"),),
        74,
    ),
    Case(
        "a stage's output is a folder",
        f"prepare {CONFIG}",
        "out/toy/table.arrow: Is a directory; check the path, its permissions and the disk",
        (a_folder("out/toy/table.arrow"),),
        74,
    ),
    Case(
        "the split is a folder",
        f"split {CONFIG}",
        "out/toy/split.safetensors: Is a directory; check the path, its permissions and the disk",
        (a_folder("out/toy/split.safetensors"),),
        74,
    ),
    Case(
        "the table is a folder",
        f"split {CONFIG}",
        "out/toy/table.arrow: no such table; write it with `dvc repro prepare`",
        (a_folder("out/toy/table.arrow"),),
    ),
    Case(
        "mlruns is a file",
        "train problem=toy",
        "MLflow store sqlite:///{root}/mlruns/mlflow.db: [Errno 17] File exists: ***; "
        "check the disk; python src/doctor.py examines the store",
        (a_file("mlruns"),),
        74,
    ),
    Case(
        "mlruns is a file for evaluate",
        "evaluate run={run}",
        "{root}/mlruns/mlflow.db: no such store, nothing has been trained yet; python src/train.py makes one",
        (a_file("mlruns"),),
    ),
    Case(
        "folder that may not be written",
        "train problem=toy tracking=none",
        "{root}/out/runs/toy: this user cannot write there; it belongs to ***; "
        "ask for the permission to write, or work in a copy of your own",
        (closed("out/runs/toy"),),
        74,
    ),
    Case(
        "page in a file",
        "compare problem=toy out=data/toy.csv/page.html",
        "out=data/toy.csv/page.html: the page lies in a folder, and there is a file in its place; name another",
    ),
    Case(
        "page that is a folder", "compare problem=toy out=data", "out=data: the page is a file whose name ends in .html"
    ),
    Case(
        "archive that is none",
        "fetch titanic from=data/toy.csv",
        "data/toy.csv: holds no titanic.csv of 60302 bytes (sha256 4a437fde05fe…); name another copy with from=PATH",
    ),
    Case("data that is not there", "fetch adult from=nowhere", "from=nowhere: no such file or folder; check the path"),
    Case(
        "data folder is a file",
        "fetch",
        "{root}/data: File exists; check the path, its permissions and the disk",
        (a_file("data"),),
        74,
    ),
    Case(
        "table written over",
        "prepare out/toy/config.yaml",
        "data/toy.csv: a header and no rows; it needs rows",
        (wrote("data/toy.csv", "x1,x2,label\n"),),
    ),
]
