"""The training loop against the loop of a plain PyTorch tutorial, its figures against scikit-learn's, and resuming."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from builders import (
    CPU,
    adam,
    adamw,
    bce,
    begin,
    breast_cancer,
    column,
    cross_entropy,
    digits,
    fitted,
    focal,
    logistic,
    member,
    mlp,
    resnet,
    rows,
    sgd,
    tabm,
    toy,
    trained,
)
from numpy.testing import assert_allclose
from sklearn import metrics
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from logodds.engine import fit, passes
from logodds.engine.device import chosen_device
from logodds.engine.fit import Epoch
from logodds.engine.optimisers.sgd import SGD
from logodds.engine.order import draw
from logodds.engine.state import Data, MemberOptions, TrainState
from logodds.models.mlp import MLP
from logodds.models.model import Model
from logodds.system.errors import UserError

pytestmark = pytest.mark.slow

NO_VALIDATION = 0


def _bce(logits: Tensor, target: Tensor) -> Tensor:
    """A script's own sigmoid and BCELoss."""
    found: Tensor = nn.BCELoss()(torch.sigmoid(logits), target.float()[:, None])
    return found


def _tutorial(
    network: nn.Sequential,
    data: Data,
    one: MemberOptions,
    clip: Callable[[nn.Module], object] = lambda network: None,
    criterion: Callable[[Tensor, Tensor], Tensor] = _bce,
) -> list[float]:
    """The loop of a plain script; the mean loss of each epoch."""
    assert isinstance(one.optim, SGD)
    x, t = torch.from_numpy(data.x_train.values), torch.from_numpy(data.t_train)
    loader = DataLoader(
        TensorDataset(x, t),
        batch_size=one.train.batch_size,
        shuffle=True,
        generator=torch.Generator().manual_seed(one.train.seed),
    )
    optimiser = torch.optim.SGD(network.parameters(), lr=one.optim.lr, momentum=one.optim.momentum)
    losses = []
    for _ in range(one.train.epochs):
        total = 0.0
        for inputs, target in loader:
            loss = criterion(network(inputs), target)
            optimiser.zero_grad()
            loss.backward()
            clip(network)
            optimiser.step()
            total += loss.item() * len(inputs)
        losses.append(total / len(t))
    return losses


def _network(data: Data, hidden: list[int], outputs: int, seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip([data.x_train.values.shape[1], *hidden], [*hidden, outputs], strict=True):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _assert_same_as_tutorial(model: Model, hidden: list[int], data: Data, one: MemberOptions, **clip: float) -> None:
    network = _network(data, hidden, 1, one.train.seed)
    if clip:
        losses = _tutorial(
            network, data, one, lambda net: nn.utils.clip_grad_norm_(net.parameters(), clip["norm"], foreach=False)
        )
    else:
        losses = _tutorial(network, data, one)
    state, history = trained([model], [one], data)
    assert_allclose(column(history, "train/loss"), losses, rtol=0.0, atol=1e-6)
    for found, expected in zip(state.stack.weights(0).values(), network.parameters(), strict=True):
        assert_allclose(found.numpy(), expected.detach().numpy(), rtol=0.0, atol=2e-6)


@pytest.mark.parametrize(("batch", "momentum"), [(32, 0.0), (7, 0.0), (1000, 0.9), (32, 0.9)])
@pytest.mark.parametrize("seed", [0, 11])
def test_logistic_regression_follows_the_tutorial_loop(batch: int, momentum: float, seed: int) -> None:
    one = member(sgd(lr=0.02, momentum=momentum), epochs=25, batch_size=batch, seed=seed)
    _assert_same_as_tutorial(logistic(), [], breast_cancer(), one)


@pytest.mark.parametrize("batch", [32, 50])
def test_an_mlp_follows_the_tutorial_loop(batch: int) -> None:
    one = member(sgd(lr=0.05), epochs=20, batch_size=batch, seed=1)
    _assert_same_as_tutorial(mlp(hidden=[16, 16]), [16, 16], breast_cancer(), one)


def _assert_same_as(
    criterion: Callable[[Tensor, Tensor], Tensor], model: Model, data: Data, one: MemberOptions, outputs: int
) -> None:
    network = _network(data, model.hidden if isinstance(model, MLP) else [], outputs, one.train.seed)
    losses = _tutorial(network, data, one, criterion=criterion)
    state, history = trained([model], [one], data)
    assert_allclose(column(history, "train/loss"), losses, rtol=0.0, atol=1e-6)
    for found, expected in zip(state.stack.weights(0).values(), network.parameters(), strict=True):
        assert_allclose(found.numpy(), expected.detach().numpy(), rtol=0.0, atol=2e-6)


@pytest.mark.parametrize("model", [logistic(), mlp(hidden=[16])], ids=["logistic", "mlp"])
@pytest.mark.parametrize(("classes", "batch"), [(2, 32), (3, 32), (3, 7), (10, 50), (10, 1000)])
def test_softmax_follows_the_tutorial_loop(model: Model, classes: int, batch: int) -> None:
    one = member(sgd(lr=0.1, momentum=0.5), cross_entropy(), epochs=15, batch_size=batch, seed=3)
    _assert_same_as(nn.CrossEntropyLoss(), model, digits(classes), one, classes)


def test_softmax_with_weights_and_smoothing_follows_the_tutorial_loop() -> None:
    """Weights are normalised by rows and not, as in torch's mean, by their own sum."""
    weights = [0.3, 1.0, 4.0]
    loss = cross_entropy(class_weight=weights, label_smoothing=0.1)
    summed = nn.CrossEntropyLoss(torch.tensor(weights), reduction="sum", label_smoothing=0.1)
    one = member(sgd(lr=0.1), loss, epochs=15, seed=3)
    _assert_same_as(lambda logits, target: summed(logits, target) / len(target), logistic(), digits(3), one, 3)


def test_balanced_weights_are_those_of_the_train_rows() -> None:
    data = rows(*_unequal())
    for automatic, given in (
        (cross_entropy(class_weight="balanced"), cross_entropy(class_weight=[40 / 60, 40 / 20])),
        (bce(pos_weight="auto"), bce(pos_weight=3.0)),
    ):
        (first, history), (second, other) = (
            trained([logistic()], [member(loss=loss)], data) for loss in (automatic, given)
        )
        assert history == other
        for name, tensor in first.stack.weights(0).items():
            assert torch.equal(second.stack.weights(0)[name], tensor)


def _unequal() -> tuple[np.ndarray, np.ndarray]:
    """Sixty rows of one class and twenty of the other: weights 80 / (2 * 60) and 80 / (2 * 20), 60 / 20."""
    t = np.arange(80) % 4 == 0
    return np.random.default_rng(0).normal(size=(80, 4)) + t[:, None], t


@pytest.mark.parametrize("model", [logistic(), mlp(hidden=[16])], ids=["logistic", "mlp"])
def test_a_focal_loss_follows_the_tutorial_loop(model: Model) -> None:
    def criterion(logits: Tensor, target: Tensor) -> Tensor:
        sign = (2.0 * target - 1.0)[:, None]
        logarithm = nn.functional.logsigmoid(sign * logits)
        alpha = torch.where(sign > 0, 0.25, 0.75)
        return (-alpha * (1.0 - logarithm.exp()) ** 2 * logarithm).mean()

    one = member(sgd(lr=0.2), focal(gamma=2.0, alpha=0.25), epochs=15, seed=3)
    _assert_same_as(criterion, model, breast_cancer(), one, 1)


@pytest.mark.parametrize("model", [logistic(), mlp(hidden=[16])], ids=["logistic", "mlp"])
def test_the_probability_variant_follows_the_tutorial_loop(model: Model) -> None:
    one = member(sgd(lr=0.1), bce(from_logits=False), epochs=15, seed=3)
    _assert_same_as(_bce, model, breast_cancer(), one, 1)


@pytest.mark.parametrize("sampling", ["weighted", "stratified"])
def test_samplings_visit_the_rows_of_their_draw(sampling: str) -> None:
    """A step per row at a rate so small that the epoch's loss is the mean over the drawn rows."""
    data = rows(*_unequal())
    one = member(sgd(lr=1e-12), epochs=2, batch_size=7, seed=5, sampling=sampling)
    state = begin([logistic()], [one], data)
    weights = state.stack.weights(0)
    z = torch.from_numpy(data.x_train.values) @ weights["layers.0.weight"][0] + weights["layers.0.bias"]
    target = torch.from_numpy(data.t_train)
    losses = nn.functional.binary_cross_entropy_with_logits(z.double(), target.double(), reduction="none")
    random = torch.Generator().manual_seed(5)
    for epoch in fitted(state):
        expected = losses[draw(sampling, random, target)].mean().item()
        assert epoch.figures["train/loss"][0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("norm", [0.05, 0.5, 1e6])
def test_clipping_is_that_of_clip_grad_norm(norm: float) -> None:
    one = member(sgd(lr=0.05), epochs=20, seed=2, clip_norm=norm)
    _assert_same_as_tutorial(mlp(hidden=[8]), [8], breast_cancer(), one, norm=norm)


def test_each_member_has_its_own_clip() -> None:
    data, clips = breast_cancer(130, 60), [None, 0.1, 1.0]
    members = [member(sgd(lr=0.1), seed=3, clip_norm=clip) for clip in clips]
    state, _ = trained([logistic()] * 3, members, data)
    for k, one in enumerate(members):
        expected = trained([logistic()], [one], data)[0].stack.weights(0)
        assert all(torch.equal(tensor, expected[name]) for name, tensor in state.stack.weights(k).items())
    first, second = (state.stack.weights(k)["layers.0.weight"] for k in (0, 1))
    assert not torch.equal(first, second)


def test_the_toy_problem_gives_its_known_probabilities() -> None:
    one = member(sgd(lr=0.01), epochs=1000, batch_size=2, seed=0)
    state, _ = trained([logistic()], [one], toy())
    weights = state.stack.weights(0)
    z = toy().x_train.values @ weights["layers.0.weight"][0].numpy() + weights["layers.0.bias"].item()
    assert_allclose(1.0 / (1.0 + np.exp(-z)), [0.3268, 0.3961, 0.4699, 0.5450, 0.6181, 0.6862], atol=0.03)
    _assert_same_as_tutorial(logistic(), [], toy(), one)


def test_a_batch_larger_than_the_data_is_the_whole_data() -> None:
    larger, whole = (trained([logistic()], [member(batch_size=size)], breast_cancer()) for size in (4000, 400))
    assert larger[1] == whole[1]
    for name, tensor in whole[0].stack.weights(0).items():
        assert torch.equal(larger[0].stack.weights(0)[name], tensor)


def test_train_loss_with_weights_and_smoothing_is_torchs_at_each_batch() -> None:
    """Weights hardly move at this rate, so the epoch's loss is that of the first weights."""
    loss, data = bce(pos_weight=3.0, label_smoothing=0.2), breast_cancer()
    state = begin([logistic()], [member(sgd(lr=1e-12), loss, epochs=1)], data)
    first = state.stack.weights(0)
    (epoch,) = fitted(state)
    z = torch.from_numpy(data.x_train.values) @ first["layers.0.weight"][0] + first["layers.0.bias"]
    target = torch.from_numpy(data.t_train).double() * 0.8 + 0.1
    expected = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0))(z.double(), target)
    assert epoch.figures["train/loss"][0] == pytest.approx(expected.item(), abs=1e-6)


# Validation figures


@pytest.mark.parametrize("threshold", [0.5, 0.2, 0.9])
@pytest.mark.parametrize("monitor", ["loss", "accuracy", "precision", "recall", "f1", "roc_auc", "average_precision"])
def test_validation_figures_of_each_epoch_are_those_of_scikit_learn(monitor: str, threshold: float) -> None:
    data = breast_cancer(130, 60)
    members = [member(sgd(lr=0.01 * 10**k), epochs=3, seed=k, monitor=f"val/{monitor}") for k in range(2)]
    state = begin([logistic()] * 2, members, data)
    t = data.t_val
    for epoch in fit.fit(state, threshold):
        for k in range(2):
            weights = state.stack.weights(k)
            z = data.x_val.values @ weights["layers.0.weight"][0].numpy() + weights["layers.0.bias"].item()
            p = 1.0 / (1.0 + np.exp(-z.astype(np.float64)))
            called = p >= threshold
            expected = {
                "loss": metrics.log_loss(t, p),
                "accuracy": metrics.accuracy_score(t, called),
                "precision": metrics.precision_score(t, called, zero_division=0.0),
                "recall": metrics.recall_score(t, called),
                "f1": metrics.f1_score(t, called),
                "roc_auc": metrics.roc_auc_score(t, z),
                "average_precision": metrics.average_precision_score(t, z),
            }
            assert set(epoch.figures) == {
                "train/loss",
                *(f"val/{name}" for name in ("loss", "f1", monitor)),
            }
            for name in epoch.figures.keys() - {"train/loss"}:
                assert epoch.figures[name][k] == pytest.approx(expected[name.removeprefix("val/")], abs=1e-6)


def test_without_validation_rows_only_the_train_loss_is_followed() -> None:
    _, history = trained([logistic()], [member()], breast_cancer(130, NO_VALIDATION))
    assert [list(epoch.figures) for epoch in history] == [["train/loss"]] * 5


@pytest.mark.parametrize("monitor", ["val/loss", "val/f1"])
def test_a_validation_monitor_without_validation_rows_is_refused(monitor: str) -> None:
    with pytest.raises(UserError, match=rf"train\.monitor={monitor}: there are no validation rows"):
        trained([logistic()], [member(monitor=monitor)], breast_cancer(130, NO_VALIDATION))


# The kept weights and early stopping


def _followed(
    models: list[Model], members: list[MemberOptions], data: Data
) -> tuple[TrainState, list[Epoch], list[dict[str, Tensor]]]:
    """As ``trained``, with the first member's weights after each epoch."""
    state, history, weights = begin(models, members, data), [], []
    for epoch in fitted(state):
        history.append(epoch)
        weights.append(state.stack.weights(0))
    return state, history, weights


@pytest.mark.parametrize(
    ("monitor", "sign"),
    [
        ("train/loss", 1.0),
        ("val/loss", 1.0),
        ("val/f1", -1.0),
        ("val/accuracy", -1.0),
        ("val/precision", -1.0),
        ("val/recall", -1.0),
        ("val/roc_auc", -1.0),
        ("val/average_precision", -1.0),
    ],
)
def test_kept_weights_are_those_of_the_first_best_epoch(monitor: str, sign: float) -> None:
    one = member(sgd(lr=0.5, momentum=0.9), epochs=30, monitor=monitor, batch_size=16)
    state, history, weights = _followed([mlp(hidden=[8])], [one], breast_cancer(130, 60))
    values = sign * np.array(column(history, monitor))
    best = int(values.argmin())
    assert [own.best_epoch for own in state.members] == [best + 1]
    assert [own.best for own in state.members] == [values[best]]
    for name, tensor in weights[best].items():
        assert torch.equal(state.best_weights(0)[name], tensor)
    running = np.minimum.accumulate(values)
    assert [epoch.improved[0] for epoch in history] == [True, *(running[1:] < running[:-1]).tolist()]


@pytest.mark.parametrize("patience", [1, 3, 10])
@pytest.mark.parametrize(
    ("monitor", "sign", "min_delta"), [("val/loss", 1.0, 0.0), ("val/loss", 1.0, 0.002), ("val/f1", -1.0, 0.0)]
)
def test_training_stops_patience_epochs_after_the_last_improvement(
    monitor: str, sign: float, min_delta: float, patience: int
) -> None:
    data, options = breast_cancer(130, 60), {"epochs": 120, "monitor": monitor, "min_delta": min_delta, "seed": 1}
    optim, model = sgd(lr=0.5, momentum=0.9), mlp(hidden=[8])
    _, unstopped, weights = _followed([model], [member(optim, **options)], data)
    values = sign * np.array(column(unstopped, monitor))
    last = 0  # the last epoch, from 1, that beat all before it by more than min_delta
    for epoch in range(1, len(values) + 1):
        if epoch == 1 or values[epoch - 1] < values[: epoch - 1].min() - min_delta:
            last = epoch
        if epoch - last == patience:
            break
    assert epoch < 120
    state, history = trained([model], [member(optim, patience=patience, **options)], data)
    assert len(history) == state.members[0].epoch == last + patience == epoch
    assert history == unstopped[:epoch]
    assert [own.best_epoch for own in state.members] == [int(values[:epoch].argmin()) + 1]
    for name, tensor in weights[state.members[0].best_epoch - 1].items():
        assert torch.equal(state.best_weights(0)[name], tensor)


def test_the_schedule_scales_the_learning_rate_of_each_epoch() -> None:
    """One full batch per epoch of plain SGD: a step is rate times gradient."""
    data, epochs = breast_cancer(130, 60), 6
    options = {"epochs": epochs, "batch_size": 130, "schedule": "cosine", "warmup_epochs": 2}
    state, _, weights = _followed([logistic()], [member(sgd(lr=0.3), **options)], data)
    network = nn.Linear(30, 1)
    first = begin([logistic()], [member(**options)], data).stack.weights(0)
    network.load_state_dict({name.removeprefix("layers.0."): tensor for name, tensor in first.items()})
    x, t = torch.from_numpy(data.x_train.values), torch.from_numpy(data.t_train.astype(np.float32))
    scales = [1 / 3, 2 / 3, 1.0, *((1.0 + np.cos(np.pi * np.array([0.25, 0.5, 0.75]))) / 2.0)]
    for epoch in range(epochs):
        network.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(network(x)[:, 0], t).backward()
        with torch.no_grad():
            for parameter in network.parameters():
                assert parameter.grad is not None
                parameter -= 0.3 * float(scales[epoch]) * parameter.grad
        for name, parameter in network.named_parameters():
            assert_allclose(weights[epoch][f"layers.0.{name}"], parameter.detach(), atol=1e-6)
    assert state.members[0].epoch == epochs


# Resuming

RESUMED: dict[str, tuple[Model, MemberOptions]] = {
    "sgd": (logistic(), member(sgd(), epochs=10)),
    "momentum": (logistic(), member(sgd(momentum=0.9), epochs=10, batch_size=7)),
    "nesterov": (mlp(), member(sgd(momentum=0.9, nesterov=True), epochs=10, schedule="cosine")),
    "adam": (mlp(activation="gelu"), member(adam(), epochs=10)),
    "adamw": (mlp(activation="tanh"), member(adamw(), epochs=10, warmup_epochs=6)),
    "dropout": (mlp(dropout=0.4), member(adamw(), epochs=10)),
    "softmax": (mlp(dropout=0.2), member(adam(), cross_entropy(label_smoothing=0.1), epochs=10)),
    "focal, weighted": (mlp(), member(sgd(), focal(), epochs=10, sampling="weighted")),
    "probability, stratified": (logistic(), member(sgd(), bce(from_logits=False), epochs=10, sampling="stratified")),
    "clipped": (mlp(dropout=0.1), member(sgd(momentum=0.5), bce(pos_weight=2.0), epochs=10, clip_norm=0.1)),
    "module": (resnet(), member(adamw(), epochs=10)),
    "module with dropout": (resnet(dropout=0.3), member(sgd(momentum=0.9), epochs=10)),
    "module with heads": (tabm(dropout=0.3), member(adamw(), epochs=10, batch_size=13)),
}


def _assert_equal_states(found: TrainState, expected: TrainState) -> None:
    for k in range(len(expected.members)):
        (tensors, numbers), (others, same) = found.save(k), expected.save(k)
        assert numbers == same
        assert list(tensors) == list(others)
        for name, tensor in tensors.items():
            assert torch.equal(tensor, others[name]), name


@pytest.mark.parametrize("case", RESUMED)
@pytest.mark.parametrize("count", [1, 3])
def test_a_restored_run_goes_on_as_if_never_interrupted(case: str, count: int) -> None:
    model, one = RESUMED[case]
    if case.startswith("module") and count > 1:
        count = 1
    data, models = breast_cancer(150, 60), [model] * count
    members = [
        MemberOptions(deepcopy(one.train), one.optim, one.loss)
        if k == 0
        else member(one.optim, one.loss, epochs=10, batch_size=one.train.batch_size, seed=k, monitor="val/loss")
        for k in range(count)
    ]
    whole, history = trained(models, members, data)
    half = begin(models, members, data)
    first = list(islice(fitted(half), 4))
    fresh = begin(models, members, data)
    for k in range(count):
        fresh.restore(k, deepcopy(half.save(k)))
    _assert_equal_states(fresh, half)
    rest = list(fitted(fresh))
    assert [*first, *rest] == history
    _assert_equal_states(fresh, whole)
    for k in range(count):
        for name, tensor in whole.stack.weights(k).items():
            assert torch.equal(fresh.stack.weights(k)[name], tensor), name


def test_patience_counts_on_over_a_restart() -> None:
    one = member(sgd(lr=0.5, momentum=0.9), epochs=120, monitor="val/loss", patience=4, seed=1)
    data, models = breast_cancer(130, 60), [mlp(hidden=[8])]
    whole, history = trained(models, [one], data)
    assert len(history) < 120
    half = begin(models, [one], data)
    for _ in islice(fitted(half), len(history) - 2):
        pass
    fresh = begin(models, [one], data)
    fresh.restore(0, deepcopy(half.save(0)))
    assert list(fitted(fresh)) == history[-2:]
    _assert_equal_states(fresh, whole)
    assert list(fitted(fresh)) == []


@pytest.mark.parametrize("case", RESUMED)
@pytest.mark.parametrize("cut", [1, 7, 18])
def test_an_epoch_that_was_cut_off_goes_on_at_its_next_batch(
    case: str, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saved at a pause within an epoch, and restored into a stack with other pauses."""
    model, one = RESUMED[case]
    count = 1 if case.startswith("module") else 3
    data = breast_cancer(150, 60)
    members = [MemberOptions(replace(one.train, seed=k, batch_size=16), one.optim, one.loss) for k in range(count)]
    whole, history = trained([model] * count, members, data)

    seen: list[tuple[int, int]] = []

    def pause() -> None:
        seen.append((half.members[0].epoch, half.members[0].batches))
        if len(seen) == cut:
            raise InterruptedError

    monkeypatch.setattr(passes, "CHUNK_NUMBERS", 1)  # a pause after every batch
    half = begin([model] * count, members, data)
    with pytest.raises(InterruptedError):
        list(fit.fit(half, 0.5, pause))
    monkeypatch.undo()
    monkeypatch.setattr(passes, "CHUNK_NUMBERS", 4000)  # after some
    fresh = begin([model] * count, members, data)
    for k in range(count):
        fresh.restore(k, half.save(k))
    assert seen[-1][1] > 0
    assert list(fitted(fresh)) == history[seen[-1][0] - 1 :]
    _assert_equal_states(fresh, whole)


# Joining and leaving


@pytest.mark.parametrize("case", [case for case in RESUMED if not case.startswith("module")])
def test_members_that_join_or_are_let_go_change_no_bit_of_any(case: str) -> None:
    """Members join at any epoch, also a stack that others have left altogether; each is what it is alone."""
    model, one = RESUMED[case]
    data = breast_cancer(150, 60)

    def numbered(k: int) -> MemberOptions:
        return MemberOptions(replace(one.train, seed=k), one.optim, one.loss)

    state = begin([model] * 3, [numbered(k) for k in range(3)], data)
    history: list[Epoch] = []
    for epoch in fitted(state):
        history.append(epoch)
        match len(history):
            case 2:
                assert state.join(begin([model] * 2, [numbered(k) for k in (3, 4)], data)) == [3, 4]
            case 4:
                state.finish(1)
                assert state.join(begin([model], [numbered(5)], data)) == [5]
            case 14:
                assert not state.training()
                state.join(begin([model], [numbered(6)], data))
    assert [len(column(history, "train/loss", k)) for k in range(7)] == [10, 4, 10, 10, 10, 10, 10]
    for k, own in enumerate(state.members):
        solo, alone = trained([model], [numbered(k)], data)
        done = 4 if k == 1 else 10
        for name in ("train/loss", "val/loss", "val/f1"):
            assert column(history, name, k) == column(alone, name)[:done], f"{name} of member {k}"
        assert [
            number for epoch in history for j, number in zip(epoch.members, epoch.epochs, strict=True) if j == k
        ] == [*range(1, done + 1)]
        assert own.step == solo.members[0].step * done // 10
        if k != 1:
            (tensors, numbers), (others, same) = state.save(k), solo.save(0)
            assert numbers == same
            assert all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


# Refusals


def test_a_loss_that_is_not_finite_ends_the_run_with_the_key_to_lower() -> None:
    data = rows(toy().x_train.values * 1e30, toy().t_train)
    state, history = trained([mlp(hidden=[8])], [member(sgd(lr=1e30), seed=4, epochs=20)], data)
    reason = state.members[0].failed
    told = re.fullmatch(r"train/loss is (nan|inf) in epoch (\d+) \(seed 4\); lower optim\.lr.*", reason)
    assert told is not None
    assert [epoch.epochs[0] for epoch in history] == list(range(1, int(told[2])))


def test_a_member_that_fails_or_stops_leaves_and_the_others_do_not_change() -> None:
    data = breast_cancer(130, 60)
    train = {"epochs": 30, "batch_size": 16, "monitor": "val/loss"}
    members = [member(sgd(lr=0.3, momentum=0.9), seed=k, patience=None if k == 5 else k + 1, **train) for k in range(6)]
    members[2:2] = [member(sgd(lr=1e30), seed=k, **train) for k in range(3)]
    models = [mlp(hidden=[8], dropout=0.1 * (k % 3)) for k in range(9)]
    state, history = trained(models, members, data)
    assert [k for k, own in enumerate(state.members) if own.failed] == [2, 3, 4]
    assert len({len(column(history, "val/loss", k)) for k in range(9)}) > 4
    assert state.stack.members < 5
    for k, (model, one) in enumerate(zip(models, members, strict=True)):
        solo, alone = trained([model], [one], data)
        assert solo.members[0].failed == state.members[k].failed
        for name in ("train/loss", "val/loss", "val/f1"):
            assert column(history, name, k) == column(alone, name), f"{name} of member {k}"
        (tensors, numbers), (others, same) = state.save(k), solo.save(0)
        if not state.members[k].failed:
            assert numbers == same
            assert list(tensors) == list(others)
            assert all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())


def test_auto_takes_the_cpu_where_there_is_no_gpu_and_cuda_is_refused() -> None:
    if torch.cuda.is_available():
        assert chosen_device("auto") == chosen_device("cuda") == torch.device("cuda")
    else:
        assert chosen_device("auto") == CPU
        with pytest.raises(UserError, match=r"train\.device=cuda"):
            chosen_device("cuda")
    assert chosen_device("cpu") == CPU
