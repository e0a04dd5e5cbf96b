"""A folder with one folder per class: the files of every class in an order that is the same on every machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logodds.data.problem import MOST_CLASSES, located
from logodds.data.sources.downloads.public import absent
from logodds.data.sources.folders import ClassFolders, is_row, shown
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError, counted

PARTS = {"train", "test", "val", "valid", "validation"}  # folders of these names are parts of the rows, not classes
TOLD = 3  # names that a note lists


@dataclass(frozen=True)
class Listing:
    """``files``: [n], those of the test part last; ``target``: [n], of each file its place in ``classes``."""

    files: list[Path]
    target: NDArray[np.int64]
    classes: tuple[str, ...]
    test_rows: int
    notes: tuple[str, ...]


def listing(problem: ClassFolders, suffixes: Sequence[str], noun: str) -> Listing:
    """The files below the class folders that end in one of ``suffixes``; ``noun`` (pictures, texts) is for messages.

    Rows go by class, then by path, letter by letter. Folders within a class folder belong to the class.

    Raises:
        UserError: no such folder, no class folder or one alone, an empty one, a class of the test part that the train
            part lacks, a link that leaves the folder, more files than ``largest_rows``.
    """
    train, notes = _part("problem.path", problem.path, suffixes, noun, problem.classes)
    classes = _classes(problem, train)
    chosen = {name: train[name] for name in classes}
    test: dict[str, list[Path]] = {}
    if problem.test_path is not None:
        _refuse_overlap(problem.path, problem.test_path)
        found, more = _part("problem.test_path", problem.test_path, suffixes, noun, problem.classes)
        notes += more
        for name in found:
            if problem.classes is None and name not in classes:
                near = nearest(name, classes)
                raise UserError(f"{problem.test_path}: class folder {name!r} is not in {problem.path}; {near}")
        test = {name: found[name] for name in classes if name in found}
        lacking = [name for name in classes if name not in found]
        if len(lacking) == len(classes):
            raise UserError(f"problem.test_path={problem.test_path}: holds none of the classes {_some(lacking)}")
        if lacking:
            notes.append(f"{problem.test_path} has no folder of {_some(lacking)}: the test part lacks them")
    left = [name for name in train if name not in chosen]
    if left:
        notes.append(f"class folders that problem.classes leaves out: {_some(left)}")
    files = [path for part in (chosen, test) for paths in part.values() for path in paths]
    if len(files) > problem.largest_rows:
        raise UserError(
            f"problem.path={problem.path}: {len(files)} {noun}, more than problem.largest_rows={problem.largest_rows}; "
            "raise it if the machine has the memory"
        )
    places = [classes.index(name) for part in (chosen, test) for name, paths in part.items() for _ in paths]
    test_rows = sum(len(paths) for paths in test.values())
    return Listing(files, np.array(places, dtype=np.int64), classes, test_rows, tuple(notes))


def _refuse_overlap(path: str, test_path: str) -> None:
    one, other = located(path).resolve(), located(test_path).resolve()
    if one.is_relative_to(other) or other.is_relative_to(one):
        raise UserError(f"problem.test_path={test_path}: shares files with problem.path={path}; name folders apart")


def _part(
    key: str, given: str, suffixes: Sequence[str], noun: str, classes: list[str] | None
) -> tuple[dict[str, list[Path]], list[str]]:
    """The files of each class folder, and notes about those that are left out; of ``classes`` none may be empty."""
    root = located(given)
    if root.is_file():
        raise UserError(f"{key}={given}: a file, not a folder; name a folder with one folder of {noun} per class")
    if not root.is_dir():
        raise absent(key, given, root, "folder")
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
        raise UserError(
            f"{key}={given}: {_some(names)} are parts of the rows, not classes; "
            f"add /{'train' if 'train' in names else names[0]} to problem.path, and set problem.test_path"
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
    """Everything below a folder that is no folder, in order."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        path = folder / entry.name
        if entry.is_symlink() and (path.is_dir() or not path.resolve().is_relative_to(root.resolve())):
            raise UserError(
                f"{shown(path)}: a link out of {shown(root)} or to a folder; put the files themselves there"
            )
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path, root)
        else:
            yield path


def _classes(problem: ClassFolders, folders: dict[str, list[Path]]) -> tuple[str, ...]:
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
    return f"{', '.join(names[:TOLD])}{', …' if len(names) > TOLD else ''}"
