"""List the files of a folder with one subfolder per class, in the same order on every machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logodds.data.problem import MOST_CLASSES, located
from logodds.data.sources.downloads.public import missing_error
from logodds.data.sources.folders import ClassFolders, is_row, shown
from logodds.options.overrides import as_typed
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError, counted

PARTS = {"train", "test", "val", "valid", "validation"}  # folders with these names are parts of a split, not classes
MOST_LISTED = 3  # names that a note lists
CACHED = re.compile("/files/md5/[0-9a-f]{2}/[0-9a-f]{30}$")  # a file of DVC, which ``cache.type=symlink`` links to


@dataclass(frozen=True)
class Listing:
    """The files of a problem, one row per file.

    Attributes:
        files: [n] paths, those of the test part last.
        target: [n] int64, the index of each file's class in ``classes``.
        classes: names of the classes.
        test_rows: how many of the last files are the problem's own test part.
        notes: what a user should know, such as files that were left out.
    """

    files: list[Path]
    target: NDArray[np.int64]
    classes: tuple[str, ...]
    test_rows: int
    notes: tuple[str, ...]


def listing(problem: ClassFolders, suffixes: Sequence[str], noun: str) -> Listing:
    """List the files below the class folders.

    Rows are sorted by class, then by path, character by character. Files in a folder within a class folder belong to
    the class.

    Args:
        problem: the folders and the classes.
        suffixes: lower-case suffixes of the files that are rows.
        noun: ``pictures`` or ``texts``, for messages.

    Raises:
        UserError: the folder does not exist, has fewer than two class folders or an empty one, or holds a link that
            leaves it; the test part has a class that the train part lacks; or there are more files than
            ``largest_rows``.
    """
    train, notes = _part("problem.path", problem.path, suffixes, noun, problem.classes)
    classes = _classes(problem, train)
    chosen = {name: train[name] for name in classes}
    test: dict[str, list[Path]] = {}
    if problem.test_path is not None:
        _refuse_overlap(problem.path, problem.test_path)
        test_folders, test_notes = _part("problem.test_path", problem.test_path, suffixes, noun, problem.classes)
        notes += test_notes
        for name in test_folders:
            if problem.classes is None and name not in classes:
                near = nearest(name, classes)
                raise UserError(f"{problem.test_path}: class folder {name!r} is not in {problem.path}; {near}")
        test = {name: test_folders[name] for name in classes if name in test_folders}
        lacking = [name for name in classes if name not in test_folders]
        if len(lacking) == len(classes):
            raise UserError(f"problem.test_path={problem.test_path}: holds none of the classes {_some(lacking)}")
        if lacking:
            notes.append(f"{problem.test_path} has no folder of {_some(lacking)}: the test part lacks them")
    left_out = [name for name in train if name not in chosen]
    if left_out:
        notes.append(f"class folders that problem.classes leaves out: {_some(left_out)}")
    files = [path for part in (chosen, test) for paths in part.values() for path in paths]
    if len(files) > problem.largest_rows:
        raise UserError(
            f"problem.path={problem.path}: {len(files)} {noun}, more than problem.largest_rows={problem.largest_rows}; "
            "raise it if the machine has the memory"
        )
    codes = [classes.index(name) for part in (chosen, test) for name, paths in part.items() for _ in paths]
    test_rows = sum(len(paths) for paths in test.values())
    return Listing(files, np.array(codes, dtype=np.int64), classes, test_rows, tuple(notes))


def _refuse_overlap(path: str, test_path: str) -> None:
    """Raise an error if one of the two folders lies in the other."""
    one, other = located(path).resolve(), located(test_path).resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise UserError(
            f"problem.test_path={test_path}: shares files with problem.path={path}; name two separate folders"
        )


def _part(
    key: str, given: str, suffixes: Sequence[str], noun: str, classes: list[str] | None
) -> tuple[dict[str, list[Path]], list[str]]:
    """Return the files of each class folder, and notes about files that are left out.

    Args:
        key: the configuration key that names the folder.
        given: its value.
        suffixes: lower-case suffixes of the files that are rows.
        noun: ``pictures`` or ``texts``, for messages.
        classes: class folders that must not be empty; None for all.
    """
    root = located(given)
    if root.is_file():
        raise UserError(f"{key}={given}: a file, not a folder; name a folder with one folder of {noun} per class")
    if not root.is_dir():
        raise missing_error(key, given, root, "folder")
    folders: dict[str, list[Path]] = {}
    strays: list[str] = []
    for path in _walk(root, root):
        inner = path.relative_to(root)
        if not is_row(inner, suffixes, None) or not path.is_file():
            strays.append(shown(inner))
        else:
            folders.setdefault(inner.parts[0], []).append(path)
    names = sorted(item.name for item in root.iterdir() if item.is_dir() and not item.name.startswith("."))
    if not names:
        raise UserError(f"{key}={given}: holds no class folders; put the {noun} of each class into a folder of its own")
    if set(names) <= PARTS:
        part = "train" if "train" in names else names[0]
        others = [name for name in ("test", *names) if name in names and name != part]
        typed = [as_typed("problem.path", f"{given}/{part}")]
        typed += [as_typed("problem.test_path", f"{given}/{name}") for name in others[:1]]
        raise UserError(
            f"{key}={given}: {_some(names)} are parts of the rows, not classes; set {' '.join(typed)}"
            + (" split.method=given" if others else "")
        )
    for name in names:
        if not name.isprintable():
            raise UserError(f"{given}: class folder {name!a} has a name that cannot be shown; rename it")
        if name not in folders and (classes is None or name in classes):
            raise UserError(
                f"{given}/{name}: an empty class folder, no {noun} ({_some(suffixes)}) are in it; add some or remove it"
            )
    notes = [f"{given}: {counted(len(strays), 'file')} left out as no {noun}: {_some(strays)}"] if strays else []
    return {name: folders.get(name, []) for name in names}, notes


def _walk(folder: Path, root: Path) -> Iterator[Path]:
    """Yield every file below a folder, sorted by name.

    Raises:
        UserError: a link points to a folder, or out of ``root`` and not to a file in a cache of DVC.
    """
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        path = folder / entry.name
        if entry.is_symlink():
            _check_link(path, root)
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path, root)
        else:
            yield path


def _check_link(path: Path, root: Path) -> None:
    target = path.resolve()
    if CACHED.search(target.as_posix()):
        if not target.is_file():
            raise UserError(
                f"{shown(path)}: a link to a file that DVC's cache lacks; type `dvc pull` or `dvc checkout`"
            )
    elif path.is_dir() or not target.is_relative_to(root.resolve()):
        raise UserError(f"{shown(path)}: a link out of {shown(root)} or to a folder; put the files themselves there")


def _classes(problem: ClassFolders, folders: dict[str, list[Path]]) -> tuple[str, ...]:
    """Return the classes in their order, and check their number and names."""
    classes = tuple(folders if problem.classes is None else problem.classes)
    for name in classes:
        if name not in folders:
            raise UserError(f"problem.classes: {problem.path} has no folder {name!r}; {nearest(name, folders)}")
    if not 2 <= len(classes) <= MOST_CLASSES or len(set(classes)) < len(classes):
        raise UserError(
            f"problem.path={problem.path}: {counted(len(classes), 'class')} ({_some(classes)}); "
            f"a problem needs 2 to {MOST_CLASSES} different ones"
        )
    spellings: dict[str, str] = {}
    for name in classes:
        other = spellings.setdefault(name.strip().casefold(), name)
        if other != name:
            raise UserError(f"{problem.path}: class folders {other!r} and {name!r} differ in spelling only; join them")
    return classes


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:MOST_LISTED])}{', …' if len(names) > MOST_LISTED else ''}"
