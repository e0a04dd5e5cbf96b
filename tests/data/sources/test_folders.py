"""Class folders: which files, in which order, of which class; and what is refused."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from logodds.data.sources.folders import ClassFolders
from logodds.data.sources.readers.folders import listing
from logodds.data.table import Table
from logodds.options.rules import choice
from logodds.system.errors import UserError


@dataclass(kw_only=True)
class Notes(ClassFolders):
    """Options of a source for these tests."""

    source: str = choice("notes")

    suffixes = (".txt", ".md")

    def read(self, split_column: str | None = None) -> Table:
        raise NotImplementedError  # which files are its rows is tested here, not what they hold


def tree(root: Path, *names: str) -> str:
    """Empty files below a folder; a name that ends in / is a folder."""
    for name in names:
        path = root / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.touch()
    return str(root)


def notes(path: str, **changes: Any) -> Notes:
    plain: dict[str, Any] = {"classes": None, "test_path": None, "largest_rows": 100}
    return Notes(name="notes", source="notes", path=path, **(plain | changes))


def found(problem: Notes) -> Any:
    return listing(problem, problem.suffixes, "notes")


def test_files_go_by_class_and_then_by_path_whatever_the_disk_says(tmp_path: Path) -> None:
    root = tree(tmp_path, "b/2.txt", "b/10.txt", "b/Z.txt", "b/a.TXT", "a/z.md", "a/deep/er/y.txt", "a/deep-er.txt")
    rows = found(notes(root))
    names = [path.relative_to(tmp_path).as_posix() for path in rows.files]
    assert names == ["a/deep/er/y.txt", "a/deep-er.txt", "a/z.md", "b/10.txt", "b/2.txt", "b/Z.txt", "b/a.TXT"]
    assert (rows.target.tolist(), rows.classes) == ([0, 0, 0, 1, 1, 1, 1], ("a", "b"))
    assert (rows.test_rows, rows.notes) == (0, ())


def test_the_test_part_comes_last_with_the_classes_of_the_train_part(tmp_path: Path) -> None:
    train = tree(tmp_path / "train", "a/1.txt", "b/2.txt", "c/3.txt")
    test = tree(tmp_path / "test", "c/1.txt", "a/2.txt", "a/3.txt")
    rows = found(notes(train, test_path=test))
    assert [path.parts[-3:] for path in rows.files[3:]] == [
        ("test", "a", "2.txt"),
        ("test", "a", "3.txt"),
        ("test", "c", "1.txt"),
    ]
    assert (rows.target.tolist(), rows.test_rows) == ([0, 1, 2, 0, 0, 2], 3)
    assert rows.notes == (f"{test} has no folder of b: the test part lacks them",)


def test_classes_choose_folders_and_their_order(tmp_path: Path) -> None:
    train = tree(tmp_path / "train", "neg/1.txt", "pos/1.txt", "pos/2.txt", "unsup/")
    test = tree(tmp_path / "test", "neg/1.txt", "pos/1.txt", "more/1.txt")
    rows = found(notes(train, test_path=test, classes=["pos", "neg"]))
    assert (rows.target.tolist(), rows.classes, rows.test_rows) == ([0, 0, 1, 0, 1], ("pos", "neg"), 2)
    assert rows.notes == ("class folders that problem.classes leaves out: unsup",)


def test_what_is_no_note_is_left_out_and_told(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1.txt", "b/1.txt", "a/Thumbs.db", "b/.1.txt", "b/.git/x.txt", "top.txt", ".hidden/1.txt")
    rows = found(notes(root))
    assert len(rows.files) == 2
    assert rows.notes == (f"{root}: 5 files left out as no notes: .hidden/1.txt, a/Thumbs.db, b/.1.txt, …",)


def test_a_link_within_is_read_and_one_that_leaves_is_refused(tmp_path: Path) -> None:
    root = tree(tmp_path / "in", "a/1.txt", "b/1.txt")
    (tmp_path / "in" / "b" / "2.txt").symlink_to(tmp_path / "in" / "a" / "1.txt")
    assert len(found(notes(root)).files) == 3
    outside = tmp_path / "secret.txt"
    outside.touch()
    link = tmp_path / "in" / "b" / "3.txt"
    link.symlink_to(outside)
    with pytest.raises(UserError) as caught:
        found(notes(root))
    assert str(caught.value) == f"{link}: a link out of {root} or to a folder; put the files themselves there"
    link.unlink()
    (tmp_path / "in" / "c").symlink_to(tmp_path / "in" / "a")
    with pytest.raises(UserError, match=r"in/c: a link out of .* or to a folder"):
        found(notes(root))


def test_links_into_a_cache_of_dvc_are_the_files(tmp_path: Path) -> None:
    """As DVC leaves a folder with ``dvc config cache.type symlink``, wherever the cache is."""
    root = tree(tmp_path / "in", "a/1.txt", "b/1.txt")
    cached = tmp_path / "shared cache" / "files" / "md5" / "5d" / "41402abc4b2a76b9719d911017c592"
    cached.parent.mkdir(parents=True)
    cached.write_text("hello")
    link = tmp_path / "in" / "b" / "2.txt"
    link.symlink_to(cached)
    assert [path.read_text() for path in found(notes(root)).files] == ["", "", "hello"]
    cached.unlink()
    with pytest.raises(UserError) as caught:
        found(notes(root))
    assert str(caught.value) == f"{link}: a link to a file that DVC's cache lacks; type `dvc pull` or `dvc checkout`"


def test_what_is_no_file_is_no_row(tmp_path: Path) -> None:
    root = tree(tmp_path, "a/1.txt", "b/1.txt")
    os.mkfifo(tmp_path / "a" / "pipe.txt")
    (tmp_path / "a" / "gone.txt").symlink_to(tmp_path / "a" / "nowhere")
    rows = found(notes(root))
    assert len(rows.files) == 2
    assert rows.notes == (f"{root}: 2 files left out as no notes: a/gone.txt, a/pipe.txt",)


def test_more_than_256_class_folders_are_refused(tmp_path: Path) -> None:
    root = tree(tmp_path, *(f"c{index:03}/1.txt" for index in range(257)))
    with pytest.raises(UserError, match=r"257 classes \(.*\); a problem needs 2 to 256 different ones"):
        found(notes(root))
    most = [f"c{index:03}" for index in range(256)]
    assert len(found(notes(root, classes=most, largest_rows=256)).classes) == 256


@pytest.mark.parametrize(
    ("names", "changes", "told"),
    [
        ([], {}, "problem.path={root}: no such folder; known: {root.parent.name}"),
        (
            ["a.txt"],
            {},
            "problem.path={root}: holds no class folders; put the notes of each class into a folder of its own",
        ),
        (["a/1.txt"], {}, "problem.path={root}: 1 class (a); a problem needs 2 to 256 different ones"),
        (
            ["a/1.txt", "b/1.jpg"],
            {},
            "{root}/b: an empty class folder, no notes (.txt, .md) are in it; add some or remove it",
        ),
        (["a/1.txt", "b/1.txt"], {"classes": ["a", "c"]}, "problem.classes: {root} has no folder 'c'; known: a, b"),
        (
            ["a/1.txt", "b/1.txt"],
            {"classes": ["a", "a"]},
            "problem.path={root}: 2 classes (a, a); a problem needs 2 to 256 different ones",
        ),
        (
            ["cat/1.txt", "Cat/1.txt"],
            {},
            "{root}: class folders 'Cat' and 'cat' differ in spelling only; join them",
        ),
        (
            ["a\x1b[31m/1.txt", "b/1.txt"],
            {},
            "{root}: class folder 'a\\x1b[31m' has a name that cannot be shown; rename it",
        ),
        (
            ["train/a/1.txt", "test/b/1.txt"],
            {},
            "problem.path={root}: test, train are parts of the rows, not classes; "
            "set problem.path={root}/train problem.test_path={root}/test split.method=given",
        ),
        (
            ["a/1.txt", "b/1.txt", "b/2.txt"],
            {"largest_rows": 2},
            "problem.path={root}: 3 notes, more than problem.largest_rows=2; raise it if the machine has the memory",
        ),
    ],
)
def test_a_folder_is_refused(tmp_path: Path, names: list[str], changes: dict[str, Any], told: str) -> None:
    root = tmp_path / "rows"
    tree(root, *names)
    if not names:
        (tmp_path / tmp_path.name).mkdir()
    with pytest.raises(UserError) as caught:
        found(notes(str(root), **changes))
    assert str(caught.value) == told.format(root=root)


def test_a_test_part_is_refused(tmp_path: Path) -> None:
    train = tree(tmp_path / "train", "a/1.txt", "b/1.txt")
    test = tree(tmp_path / "test", "a/1.txt", "more/1.txt")
    other = tree(tmp_path / "other", "x/1.txt", "y/1.txt")
    for path, classes, told in (
        (test, None, f"{test}: class folder 'more' is not in {train}; known: a, b"),
        (other, ["a", "b"], f"problem.test_path={other}: holds none of the classes a, b"),
        (train, None, f"problem.test_path={train}: shares files with problem.path={train}; name two separate folders"),
        (
            f"{train}/a",
            None,
            f"problem.test_path={train}/a: shares files with problem.path={train}; name two separate folders",
        ),
        (
            f"{test}/a/1.txt",
            None,
            f"problem.test_path={test}/a/1.txt: a file, not a folder; name a folder with one folder of notes per class",
        ),
    ):
        with pytest.raises(UserError) as caught:
            found(notes(train, test_path=path, classes=classes))
        assert str(caught.value) == told


def test_an_absent_public_set_is_told_with_its_command() -> None:
    with pytest.raises(UserError) as caught:
        found(notes("downloads/mnist/absent"))
    told = "problem.path=downloads/mnist/absent: no such folder; fetch it with `python src/fetch.py mnist`"
    assert str(caught.value) == told
