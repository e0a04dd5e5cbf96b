"""A file in the place of a problem, and keys without their section."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_files import written

from logodds.runs.compose import compose, main
from logodds.system.errors import UserError


def told(*overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        compose(overrides)
    return str(caught.value)


@pytest.mark.parametrize("form", ["problem={}", "{}"])
def test_a_file_is_told_with_the_words_to_type_and_its_likely_targets(tmp_path: Path, form: str) -> None:
    path = written(tmp_path, "a,sex,Label,z\n1,m,0,1\n2,f,1,2\n3,m,1,3\n")
    assert told(form.format(path)) == (
        f"{form.format(path)}: a file; type problem=csv problem.path={path} problem.target=Label, or problem.target=sex"
    )
    written(tmp_path, "a,b\n1,x\n2,y\n3,z\n")
    assert told(form.format(path)).endswith(f"type problem=csv problem.path={path} problem.target=b")
    path.write_bytes(b"")
    assert told(form.format(path)).endswith(f"type problem=csv problem.path={path} problem.target=COLUMN")


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path: Path) -> None:
    assert told("problem=no/my.csv") == (
        "problem=no/my.csv: a file, which is not there; type problem=csv problem.path=no/my.csv problem.target=COLUMN"
    )
    assert told(f"problem={tmp_path}") == (
        f"problem={tmp_path}: a folder; type problem=pets problem.path={tmp_path} for pictures, "
        f"problem=texts problem.path={tmp_path} for texts, one folder per class"
    )


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ("lr=0.1", "optim.lr=0.1"),
        ("lr=0.1,0.2", "optim.lr=0.1,0.2"),
        ("seed=3", "split.seed=3 or train.seed=3"),
        ("gamma=2", "loss=focal loss.gamma=2"),
    ],
)
def test_a_key_without_its_section_is_told_with_what_to_type(given: str, typed: str) -> None:
    name = given.partition("=")[0]
    text = f"{name}: a key has its section before it; type {typed}"
    assert told("problem=iris", given) == text
    with pytest.raises(UserError) as caught:
        main(lambda node, overrides: 0, ["problem=iris", given, "-m"])
    assert str(caught.value) == text
