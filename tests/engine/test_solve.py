"""The exact solver against scikit-learn and scipy: the gap of the objective, in float64, is at most 1e-10."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from builders import (
    TOY_T,
    TOY_X,
    bce,
    begin,
    breast_cancer,
    column,
    cross_entropy,
    fitted,
    focal,
    logistic,
    matrix,
    member,
    mlp,
    newton,
    numbers,
    rows,
    trained,
)
from conftest import ROOT
from numpy.typing import NDArray
from omegaconf import OmegaConf
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from logodds.engine.loss import Loss
from logodds.engine.losses.bce import BCE
from logodds.engine.objective import coefficients
from logodds.engine.optimisers.newton import Newton
from logodds.engine.solve import Solution, newton_step
from logodds.features.rows import Pixels
from logodds.system.errors import UserError

GAP = 1e-10
Array = NDArray[np.float64]


def _random(n: int = 400, inputs: int = 6, seed: int = 0) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, inputs))
    return x, (random.random(n) < expit(x @ random.normal(size=inputs) - 0.5)).astype(np.float64)


def _scaled() -> tuple[Array, Array]:
    x, t = _random()
    return x * np.logspace(-4, 4, x.shape[1]), t


def _shifted() -> tuple[Array, Array]:
    """Columns far from zero beside their spread, as years and clock times are."""
    x, t = _random()
    return x + np.array([0.0, 10.0, 100.0, 2000.0, -5000.0, 1e4]), t


def _correlated(noise: float) -> tuple[Array, Array]:
    """Two columns that differ by ``noise`` only, with the target following the difference."""
    x, _ = _random()
    random = np.random.default_rng(1)
    difference = random.normal(size=len(x))
    x[:, 1] = x[:, 0] + noise * difference
    return x, (random.random(len(x)) < expit(x[:, 2] + 1.5 * difference)).astype(np.float64)


def _duplicated() -> tuple[Array, Array]:
    x, t = _random()
    x = np.round(x * 1024.0) / 1024.0  # so that float32 holds the sum exactly
    return np.hstack([x, x[:, :2], x[:, :1] + x[:, 1:2], np.ones((len(x), 1)), np.zeros((len(x), 1))]), t


def _nearly_separable() -> tuple[Array, Array]:
    """One row on the wrong side of a wide gap."""
    x = np.concatenate([np.linspace(-3.0, -1.0, 50), np.linspace(1.0, 3.0, 50), [2.0]])
    return x[:, None], np.array([0.0] * 50 + [1.0] * 50 + [0.0])


def _outlier() -> tuple[Array, Array]:
    """One row a million times as far out as the rest."""
    x, t = _random()
    x[0, 0], t[0] = 1e6 * np.sign(np.corrcoef(x[:, 0], t)[0, 1]), 1.0
    return x, t


def _cancer() -> tuple[Array, Array]:
    data = breast_cancer(569, 0)
    return data.x_train.values[:, :3].astype(np.float64), data.t_train.astype(np.float64)


CASES = {
    "random": _random(),
    "wide": _random(2000, 40, 3),
    "many blocks": _random(10_000, 5, 4),
    "scaled": _scaled(),
    "shifted": _shifted(),
    "duplicated": _duplicated(),
    "correlated 0.99999": _correlated(4.5e-3),
    "correlated 0.9999999": _correlated(4.5e-4),
    "correlated 0.999999999": _correlated(4.5e-5),
    "nearly separable": _nearly_separable(),
    "outlier": _outlier(),
    "cancer": _cancer(),
    "toy": (np.array(TOY_X, dtype=np.float64), np.array(TOY_T, dtype=np.float64)),
}


def _objective(weights: Array, x: Array, t: Array, loss: BCE, decay: float) -> tuple[float, Array]:
    """mean(L) + decay / 2 |w|^2 without the bias, from its definition, and its gradient; the bias last."""
    smooth = t * (1.0 - loss.label_smoothing) + 0.5 * loss.label_smoothing
    wide = np.hstack([x, np.ones((len(x), 1))])
    z = wide @ weights
    value = loss.pos_weight * smooth * np.logaddexp(0.0, -z) + (1.0 - smooth) * np.logaddexp(0.0, z)
    slope = (1.0 - smooth) * expit(z) - loss.pos_weight * smooth * expit(-z)
    penalised = np.append(weights[:-1], 0.0)
    return value.mean() + 0.5 * decay * penalised @ penalised, wide.T @ slope / len(x) + decay * penalised


def _ours(x: Array, t: Array, loss: BCE, optim: Newton) -> list[Array]:
    """The solver's own float64 weights, and those of the float32 model after ``fit``."""
    data = rows(x, t)
    wide, columns = numbers(x).values, matrix(x).columns
    slope, shift = coefficients(torch.from_numpy(data.t_train), loss, 1)
    decayed = torch.ones(wide.shape[1])
    decayed[-1] = 0.0
    solution = Solution(torch.zeros(wide.shape[1], dtype=torch.float64))
    for _ in range(200):
        solution = newton_step(wide, slope, shift, solution, optim, decayed, columns)
        if solution.converged:
            break
    assert solution.converged
    state, _ = trained([logistic()], [member(optim, loss, epochs=200)], data)
    assert state.members[0].finished
    found = state.stack.weights(0)
    model = torch.cat([found["layers.0.weight"][0], found["layers.0.bias"]])
    kept = torch.cat([state.best_weights(0)["layers.0.weight"][0], state.best_weights(0)["layers.0.bias"]])
    assert torch.equal(model, kept)
    return [solution.weights.numpy(), model.double().numpy()]


def _as_float32(x: Array) -> Array:
    """The features that a model sees."""
    return x.astype(np.float32).astype(np.float64)


def _assert_optimal(x: Array, t: Array, loss: BCE, decay: float, least: float) -> None:
    """The solver's weights lie within ``GAP`` of the least objective; the model's too, but for their rounding."""
    solved, model = _ours(x, t, loss, newton(weight_decay=decay))
    assert _objective(solved, x, t, loss, decay)[0] - least <= GAP
    # At the optimum the slope is zero, so rounding costs half the curvature times the square of what logits move by.
    moved = np.hstack([np.abs(x), np.ones((len(x), 1))]) @ np.abs(model) * 2.0**-24
    rounding = 0.125 * max(1.0, loss.pos_weight) * np.square(moved).mean() + decay * np.square(model * 2.0**-24).sum()
    assert _objective(model, x, t, loss, decay)[0] - least <= GAP + rounding


def _least(x: Array, t: Array, loss: BCE, decay: float) -> float:
    """scipy's minimum, over columns of norm 1 after an orthogonal change of basis that spares the bias."""
    centred = x - x.mean(axis=0)
    _, sizes, right = np.linalg.svd(centred, full_matrices=False)
    kept = sizes > 1e-12 * sizes[0]
    basis = right[kept].T / (sizes[kept] if decay == 0.0 else 1.0) * (len(x) ** 0.5 if decay == 0.0 else 1.0)
    shift = np.append(np.zeros(x.shape[1]), 1.0)

    def full(weights: Array) -> Array:
        features = basis @ weights[:-1]
        return np.append(features, 0.0) + shift * (weights[-1] - x.mean(axis=0) @ features)

    def reduced(weights: Array) -> tuple[float, Array]:
        value, slope = _objective(full(weights), x, t, loss, decay)
        return value, np.append(basis.T @ (slope[:-1] - slope[-1] * x.mean(axis=0)), slope[-1])

    start = np.zeros(basis.shape[1] + 1)
    found = minimize(reduced, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
    assert float(np.abs(found.jac).max()) < 1e-6
    return float(found.fun)


@pytest.mark.parametrize("case", CASES)
def test_the_optimum_is_reached_without_a_penalty(case: str) -> None:
    x, t = _as_float32(CASES[case][0]), CASES[case][1]
    _assert_optimal(x, t, bce(), 0.0, _least(x, t, bce(), 0.0))


@pytest.mark.parametrize("case", ["random", "wide", "many blocks", "cancer"])
def test_the_optimum_is_that_of_scikit_learn_without_a_penalty(case: str) -> None:
    x, t = _as_float32(CASES[case][0]), CASES[case][1]
    reference = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(x, t)
    expected = np.append(reference.coef_[0], reference.intercept_)
    for weights in _ours(x, t, bce(), newton()):
        assert abs(_objective(weights, x, t, bce(), 0.0)[0] - _objective(expected, x, t, bce(), 0.0)[0]) <= GAP
        np.testing.assert_allclose(weights, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("decay", [1e-4, 0.01, 1.0])
@pytest.mark.parametrize("case", ["random", "duplicated", "nearly separable", "toy"])
def test_weight_decay_is_scikit_learns_penalty(case: str, decay: float) -> None:
    x, t = _as_float32(CASES[case][0]), CASES[case][1]
    reference = LogisticRegression(C=1.0 / (len(t) * decay), solver="newton-cholesky", tol=1e-12, max_iter=1000)
    reference.fit(x, t)
    expected = _objective(np.append(reference.coef_[0], reference.intercept_), x, t, bce(), decay)[0]
    _assert_optimal(x, t, bce(), decay, expected)
    assert expected - _least(x, t, bce(), decay) <= GAP


@pytest.mark.parametrize(
    "loss",
    [
        bce(pos_weight=3.0),
        bce(pos_weight=0.1),
        bce(label_smoothing=0.1),
        bce(pos_weight=2.3, label_smoothing=0.4),
    ],
    ids=str,
)
@pytest.mark.parametrize("decay", [0.0, 0.02])
@pytest.mark.parametrize("case", ["random", "duplicated", "shifted", "toy"])
def test_weights_and_smoothing_reach_scipys_minimum(case: str, decay: float, loss: BCE) -> None:
    x, t = _as_float32(CASES[case][0]), CASES[case][1]
    _assert_optimal(x, t, loss, decay, _least(x, t, loss, decay))


def test_the_toy_problem_has_its_known_optimum() -> None:
    state, history = trained([logistic()], [member(newton(), epochs=50)], rows(TOY_X, TOY_T))
    assert column(history, "train/loss")[-1] == pytest.approx(0.649169, abs=5e-7)
    assert state.members[0].finished


@pytest.mark.parametrize("loss", [bce(), bce(pos_weight=2.5, label_smoothing=0.25)], ids=["plain", "weighted"])
@pytest.mark.parametrize("decay", [0.0, 1e-3, 1.0])
@pytest.mark.parametrize("case", ["random", "many blocks", "nearly separable"])
def test_every_step_has_the_objective_at_its_weights_and_none_raises_it(case: str, decay: float, loss: BCE) -> None:
    x, t = _as_float32(CASES[case][0]), CASES[case][1]
    data, wide = rows(x, t), numbers(x).values
    slope, shift = coefficients(torch.from_numpy(data.t_train), loss, 1)
    decayed = torch.ones(wide.shape[1])
    decayed[-1] = 0.0
    solution, losses = Solution(torch.zeros(wide.shape[1], dtype=torch.float64)), []
    while not solution.converged:
        solution = newton_step(wide, slope, shift, solution, newton(weight_decay=decay), decayed, matrix(x).columns)
        expected, _ = _objective(solution.weights.numpy(), x, t, loss, decay)
        assert solution.loss == pytest.approx(expected, rel=1e-12)
        losses.append(solution.loss)
    assert 2 < len(losses) < 50
    assert (np.diff(losses) <= 1e-15).all()
    _, history = trained([logistic()], [member(newton(weight_decay=decay), loss, epochs=50)], data)
    assert column(history, "train/loss")[: len(losses)] == losses


def test_the_optimum_depends_on_no_seed_and_no_neighbour() -> None:
    x, t = CASES["random"]
    optims = [newton(), newton(weight_decay=0.1), newton(weight_decay=1e-3)]
    members = [member(optim, bce(pos_weight=1.0 + k), epochs=50, seed=k) for k, optim in enumerate(optims)]
    state, history = trained([logistic()] * 3, members, rows(x, t))
    for k, one in enumerate(members):
        other = member(one.optim, one.loss, epochs=50, seed=k + 10)
        solo, alone = trained([logistic()], [other], rows(x, t))
        assert state.members[k].best_epoch == solo.members[0].best_epoch
        assert column(history, "train/loss", k)[: len(alone)] == column(alone, "train/loss")
        for name, tensor in solo.best_weights(0).items():
            assert torch.equal(state.best_weights(k)[name], tensor)


@pytest.mark.parametrize("count", [1, 3])
def test_a_restored_solver_goes_on_as_if_never_interrupted(count: int) -> None:
    data = rows(*CASES["random"])
    # The strongest decay converges first, so that one of three has finished where the run is cut.
    members = [member(newton(weight_decay=decay), epochs=50) for decay in (0.0, 10.0, 1e-3)][:count]
    whole, history = trained([logistic()] * count, members, data)
    for cut in range(1, len(history)):
        half = begin([logistic()] * count, members, data)
        first = list(islice(fitted(half), cut))
        fresh = begin([logistic()] * count, members, data)
        for k in range(count):
            fresh.restore(k, deepcopy(half.save(k)))
        assert [*first, *fitted(fresh)] == history
        for k in range(count):
            (tensors, numbers), (others, same) = fresh.save(k), whole.save(k)
            assert numbers == same
            for name, tensor in others.items():
                assert torch.equal(tensors[name], tensor), name


# No finite optimum

SEPARABLE: dict[str, tuple[list[list[float]], list[int]]] = {
    "one column": ([[-2.0], [-1.0], [1.0], [2.0]], [0, 0, 1, 1]),
    "two columns": ([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0], [4.0, 2.0]], [0, 0, 0, 1, 1]),
    "one class": ([[-2.0], [-1.0], [1.0]], [1, 1, 1]),
    "the other class": ([[-2.0], [-1.0], [1.0]], [0, 0, 0]),
    "far from zero": ([[1000.0], [1001.0], [1002.0], [1003.0]], [0, 0, 1, 1]),
    "ties in the middle": ([[-2.0], [-1.0], [0.0], [0.0], [0.0], [1.0], [2.0]], [0, 0, 0, 1, 1, 1, 1]),
    "ties away from zero": ([[8.0], [9.0], [10.0], [10.0], [11.0], [12.0]], [0, 0, 0, 1, 1, 1]),
    "ties and a free column": (
        [[-1.0, 0.3], [-2.0, 1.0], [0.0, 1.0], [0.0, -1.0], [0.0, 2.0], [0.0, -2.0], [1.0, 0.5], [3.0, 0.1]],
        [0, 0, 0, 1, 1, 0, 1, 1],
    ),
    "a column of one class only": ([[0.0], [0.0], [0.0], [1.0], [1.0]], [0, 1, 1, 1, 1]),
}


@pytest.mark.parametrize("pos_weight", [1.0, 0.1, 2.3])
@pytest.mark.parametrize("case", SEPARABLE)
def test_separable_rows_are_refused_with_the_key_that_helps(case: str, pos_weight: float) -> None:
    with pytest.raises(UserError, match=r"separable.*optim\.weight_decay > 0"):
        trained([logistic()], [member(newton(), bce(pos_weight=pos_weight), epochs=300)], rows(*SEPARABLE[case]))


@pytest.mark.parametrize("case", SEPARABLE)
@pytest.mark.parametrize(
    ("decay", "loss"), [(0.01, bce()), (0.0, bce(label_smoothing=0.1))], ids=["weight decay", "label smoothing"]
)
def test_separable_rows_have_an_optimum_under_decay_or_smoothing(case: str, decay: float, loss: BCE) -> None:
    x, t = (np.array(part, dtype=np.float64) for part in SEPARABLE[case])
    _assert_optimal(x, t, loss, decay, _least(x, t, loss, decay))


@pytest.mark.parametrize(
    ("case", "subject"),
    [
        ("one column", "the train rows are separable by column 'x0'"),
        ("two columns", "the train rows are separable"),
        ("ties in the middle", "4 of 7 train rows are separable by column 'x0'"),
        ("ties and a free column", "4 of 8 train rows are separable by column 'x0'"),
        ("a column of one class only", "2 of 5 train rows are separable by column 'x0'"),
    ],
)
def test_the_column_that_separates_rows_is_named(case: str, subject: str) -> None:
    with pytest.raises(UserError) as caught:
        trained([logistic()], [member(newton(), epochs=300)], rows(*SEPARABLE[case]))
    remedy = "set optim.weight_decay > 0, such as 1e-6 (or loss.label_smoothing > 0)"
    assert str(caught.value) == f"optim=newton: {subject}, so the loss has no finite optimum; {remedy}"


def test_the_default_decay_solves_a_column_of_one_class_as_scikit_learn_does() -> None:
    """Eleven rows lack a number, and all are positive: the weight of the column that says so has no finite optimum."""
    random = np.random.default_rng(0)
    x = random.normal(size=(600, 3))
    t = (random.random(600) < expit(x[:, 0] - 0.5 * x[:, 1])).astype(np.int64)
    lacking = np.flatnonzero(t)[:11]
    x[:, 2] = np.isin(np.arange(600), lacking)
    with pytest.raises(UserError, match=r"^optim=newton: 11 of 600 train rows are separable by column 'x2', "):
        trained([logistic()], [member(newton(), epochs=300)], rows(x, t))
    decay = float(OmegaConf.load(ROOT / "conf" / "optim" / "newton.yaml").weight_decay)
    reference = LogisticRegression(C=1.0 / (600 * decay), solver="newton-cholesky", tol=1e-12, max_iter=1000)
    reference.fit(_as_float32(x), t)
    expected = np.append(reference.coef_[0], reference.intercept_)
    for weights in _ours(x, t, bce(), newton(weight_decay=decay)):
        np.testing.assert_allclose(weights, expected, rtol=1e-4, atol=1e-5)
    assert expected[2] > 5.0


def test_only_the_convex_case_is_solved() -> None:
    with pytest.raises(UserError, match="convex case only; use model=logistic"):
        trained([mlp()], [member(newton())], rows(TOY_X, TOY_T))


@pytest.mark.parametrize("loss", [cross_entropy(), focal(), focal(gamma=0.0), bce(from_logits=False)], ids=str)
def test_other_losses_are_not_solved(loss: Loss) -> None:
    with pytest.raises(UserError, match="convex case only; use model=logistic and loss=bce"):
        trained([logistic()], [member(newton(), loss)], rows(TOY_X, TOY_T))


def test_pictures_are_not_solved() -> None:
    pixels = Pixels(np.zeros((6, 1, 2, 2), np.uint8), (0.0,), (1.0,))
    data = replace(rows(TOY_X, TOY_T), x_train=pixels, x_val=replace(pixels, values=pixels.values[:0]))
    with pytest.raises(UserError, match="loss=bce on tables"):
        trained([logistic()], [member(newton())], data)


def test_a_weight_taken_from_the_train_rows_is_that_weight() -> None:
    x, t = CASES["random"]
    weight = float((t == 0).sum() / (t == 1).sum())
    automatic, given = (
        trained([logistic()], [member(newton(), bce(pos_weight=value), epochs=50)], rows(x, t))[0]
        for value in ("auto", weight)
    )
    for name, tensor in given.best_weights(0).items():
        assert torch.equal(automatic.best_weights(0)[name], tensor)


def test_members_of_other_rows_are_solved_each_on_its_own() -> None:
    """Any number of rows each: there are no batches."""
    x, t = CASES["random"]
    parts = [rows(x[:count], t[:count]) for count in (400, 399, 250)]
    members = [member(newton(), epochs=50)] * 3
    state, _ = trained([logistic()] * 3, members, parts)
    for k, part in enumerate(parts):
        solo, _ = trained([logistic()], [members[k]], part)
        for name, tensor in solo.best_weights(0).items():
            assert torch.equal(state.best_weights(k)[name], tensor)
