"""Checkpoints of a training that has not ended: the newest whole one is gone on with, and the newest three are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from logodds.runs import unfinished
from logodds.system import atomic
from logodds.system.errors import UserError
from logodds.tracking.provenance.origin import FORM

HISTORY = {"val/loss": [0.7, 0.6], "train/loss": [0.9, 0.8]}


def save(folder: Path, epoch: int, signature: str = "s", device: str = "cpu") -> None:
    saved = {"stack.weight": torch.full((2,), float(epoch))}, {"epoch": epoch}
    atomic.write_files(unfinished.files(folder, saved, HISTORY, signature, device))
    unfinished.thin(folder)


def epoch(folder: Path, signature: str = "s", device: str = "cpu") -> tuple[int | None, list[str]]:
    found, notes = unfinished.load(folder, signature, device)
    if found is None:
        return None, notes
    tensors, numbers = found.saved
    assert found.history == HISTORY
    assert list(found.history) == list(HISTORY)
    assert tensors["stack.weight"].tolist() == [float(numbers["epoch"])] * 2
    assert set(tensors) == {"stack.weight"}
    return numbers["epoch"], notes


def test_the_newest_is_gone_on_with_and_three_are_kept(tmp_path: Path) -> None:
    assert epoch(tmp_path / "none") == (None, [])
    for k in range(1, 12):
        save(tmp_path, k)
    assert epoch(tmp_path) == (11, [])
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{k:06d}.ckpt" for k in (9, 10, 11)]
    unfinished.remove(tmp_path)
    assert not tmp_path.exists()


def test_a_damaged_one_is_told_and_the_one_before_it_taken(tmp_path: Path) -> None:
    for k in range(1, 4):
        save(tmp_path, k)
    newest = tmp_path / "000003.ckpt"
    newest.write_bytes(newest.read_bytes()[:-1])
    (tmp_path / "000002.ckpt").write_bytes(b"")
    found, notes = epoch(tmp_path)
    assert found == 1
    assert [note.partition(": ")[0] for note in notes] == [str(newest), str(tmp_path / "000002.ckpt")]
    assert all(note.endswith("; using the previous checkpoint") for note in notes)


def test_one_that_does_not_belong_is_told_and_not_gone_on_with(tmp_path: Path) -> None:
    save(tmp_path, 1, f"{FORM}other")
    told = f"{tmp_path}/000001.ckpt: of another code, data or configuration; the training starts from its beginning"
    assert epoch(tmp_path) == (None, [told])


def test_one_of_an_earlier_version_is_told_as_such(tmp_path: Path) -> None:
    """Its signature covered every source file, and has another form."""
    save(tmp_path, 1, "0" * 64)
    reason = "written by an earlier version of logodds, whose checkpoints cannot be used here"
    told = f"{tmp_path}/000001.ckpt: {reason}; the training starts from its beginning"
    assert epoch(tmp_path) == (None, [told])


@pytest.mark.parametrize(("written", "here"), [("cuda", "cpu"), ("cpu", "cuda")])
def test_one_of_another_device_is_refused_and_kept(tmp_path: Path, written: str, here: str) -> None:
    save(tmp_path, 1, device=written)
    with pytest.raises(UserError, match=r"000001\.ckpt: trained on .* so far, and this is .*; .*, or remove /"):
        epoch(tmp_path, device=here)
    assert epoch(tmp_path, device=written) == (1, [])


def test_where_several_continue_is_one_note() -> None:
    cuts = [unfinished.Interrupted(({}, {}), {"train/loss": [0.5] * epochs}) for epochs in (7, 3, 9)]
    assert unfinished.continued([None, *cuts]) == ["3 interrupted runs continue after epochs 3 to 9"]
    assert unfinished.continued([*cuts[:1], None, *cuts[:1]]) == ["2 interrupted runs continue after epoch 7"]
    assert unfinished.continued([None]) == []
