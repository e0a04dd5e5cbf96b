"""Every model, loss, optimiser and kind of rows on a GPU, beside the same training on the CPU. ``make gpu-check`` runs
them on CUDA and prints a table; elsewhere a pretended GPU shows that no tensor is left on the wrong device."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from builders import CPU
from device_cases import EPOCHS, TRAIN, Case, apart, cases, resumed, trained
from pretended_gpu import pretended_gpu

from logodds.engine.device import WORKSPACE, chosen_device
from logodds.features.features import FEATURES
from logodds.system.errors import UserError

CASES = cases()
# On a GPU sums are in another order: losses differ in their last bits, and by what the optimiser makes of those.
TOLERANCE = 1e-3
MEMBERS = 256  # whose speed is measured
gpu = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU on this machine"),
]


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Rows that are printed when all cases have ended."""
    rows: list[str] = []
    yield rows
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    for row in ("", torch.cuda.get_device_name(), *rows):
        reporter.write_line(row)


def test_every_kind_of_features_has_a_case() -> None:
    kinds = {option.row_kind for option in FEATURES.options().values()}
    assert kinds <= {case.data.x_train.kind for case in CASES.values()}


def checked(case: Case, device: torch.device) -> str:
    """The training of a case on a device, again, continued, and each member alone: what they have in common with one
    another and with the CPU, in words."""
    expected, found = trained(case, CPU), trained(case, device)
    again, continued = trained(case, device), resumed(case, device)
    alone = [trained(case, device, [seed]).weights[0] for seed in case.seeds]
    difference = float(np.nanmax(np.abs(found.losses / expected.losses - 1.0)))
    assert case.draws or difference <= TOLERANCE
    assert apart(found.weights, again.weights) == 0.0, "the same training gives other bits"
    assert apart(found.weights, continued) == 0.0, "a continued training gives other bits"
    solo = apart(found.weights, alone)
    told = "other random numbers" if case.draws else f"losses differ by {difference:.0e} at most"
    return f"{told:34} repeated equal, continued equal, alone {f'apart by {solo:.0e}' if solo else 'equal'}"


def speed(case: Case, device: torch.device, members: int) -> str:
    """How much a stack of so many members trains in a second, or one member that cannot be stacked, in words."""
    seeds = range(members) if len(case.seeds) > 1 else case.seeds
    trained(case, device, seeds, 1)  # starts the libraries
    rate = len(seeds) * EPOCHS / trained(case, device, seeds).seconds
    return f"{device.type:4} {len(seeds):3} members  {rate:10,.0f} members·epochs/s  {rate * TRAIN:12,.0f} rows/s"


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_no_tensor_is_left_on_the_cpu(name: str) -> None:
    """A pretended GPU computes what the CPU computes, and refuses what a GPU refuses."""
    case = CASES[name]
    expected = trained(case, CPU)
    with pretended_gpu() as device:
        found, continued = trained(case, device), resumed(case, device)
    np.testing.assert_array_equal(found.losses, expected.losses)
    assert apart(found.weights, expected.weights) == apart(continued, expected.weights) == 0.0


def test_what_is_checked_on_a_gpu_holds_on_the_cpu() -> None:
    told = checked(CASES["mlp with dropout"], CPU)
    assert told == f"{'other random numbers':34} repeated equal, continued equal, alone equal"
    assert checked(CASES["sgd optimiser"], CPU).startswith("losses differ by 0e+00 at most")
    assert speed(CASES["sgd optimiser"], CPU, 5).startswith("cpu    5 members")


@pytest.fixture
def a_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """PyTorch finds a pretended GPU, and its settings are put back at the end."""
    monkeypatch.delenv(WORKSPACE, raising=False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(False)
    with pretended_gpu():
        yield
    torch.use_deterministic_algorithms(before)


@pytest.mark.usefixtures("a_gpu")
@pytest.mark.parametrize("name", ["auto", "cuda"])
def test_a_gpu_is_chosen_with_what_makes_its_results_repeat(name: str) -> None:
    assert chosen_device(name) == torch.device("cuda")
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert os.environ[WORKSPACE] == ":4096:8"
    assert not torch.backends.cudnn.benchmark
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.usefixtures("a_gpu")
def test_the_cpu_is_left_as_it_is() -> None:
    assert chosen_device("cpu") == CPU
    assert not torch.are_deterministic_algorithms_enabled()
    assert WORKSPACE not in os.environ


@pytest.mark.usefixtures("a_gpu")
def test_buffers_with_which_results_do_not_repeat_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE, ":0:0")
    with pytest.raises(UserError, match=r"CUBLAS_WORKSPACE_CONFIG=:0:0: .* :4096:8 or :16:8; unset the variable"):
        chosen_device("auto")


@pytest.mark.usefixtures("a_gpu")
def test_a_gpu_that_does_not_compute_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors")

    monkeypatch.setattr(torch, "zeros", fails)
    told = r"train\.device=auto: the GPU cannot be used \(CUDA error: .* the device\); use train\.device=cpu$"
    with pytest.raises(UserError, match=told):
        chosen_device("auto")


def test_a_pretended_gpu_refuses_what_a_gpu_refuses() -> None:
    with pretended_gpu() as device:
        there, here = torch.ones(3, device=device), torch.ones(3)
        with pytest.raises(RuntimeError, match="same device"):
            there + here
        with pytest.raises(RuntimeError, match="same device"):
            here.index_select(0, torch.tensor([0], device=device))
        with pytest.raises(TypeError, match="numpy"):
            there.numpy()
        assert (there + there.sum()).cpu().tolist() == [4.0, 4.0, 4.0]


@pytest.mark.parametrize("name", [pytest.param(name, marks=gpu) for name in CASES])
def test_cuda_repeats_and_comes_to_the_losses_of_the_cpu(table: list[str], name: str) -> None:
    table.append(f"{name:24} {checked(CASES[name], chosen_device('cuda'))}")


@pytest.mark.parametrize("name", [pytest.param(name, marks=gpu) for name in ("mlp on matrix", "cnn on pixels")])
def test_cuda_has_a_speed(table: list[str], name: str) -> None:
    table += [f"{name:24} {speed(CASES[name], device, MEMBERS)}" for device in (CPU, chosen_device("cuda"))]
