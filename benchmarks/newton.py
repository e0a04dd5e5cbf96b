"""The exact optimum: ``optim=newton`` against scikit-learn's solvers, each until its objective is as low.

Logistic regression without penalty on a million rows of 28 columns, and again with columns in units from 1e-3 to 1e3.
Every solver gets its cheapest tolerance (of powers of ten) at which the mean loss, computed in float64, is within a
relative gap of 1e-10 of the lowest one found, and the same number of threads. scikit-learn's solvers get float64
rows, made before the clock starts, for float32 rows end above the gap.

python benchmarks/newton.py [rows]
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits
from timing import Row, Target, medians, show, size

from logodds.engine.optimisers.newton import Newton
from logodds.engine.solve import Solution, newton_step

ROWS, COLUMNS = size(1_000_000, 2_000), 28
THREADS = 2
REPETITIONS = size(5)
GAP = 1e-10
TOLERANCES = [10.0**-power for power in range(4, 15)]
LONG = 20.0  # times ours: a solver that takes longer is not repeated
# Solvers with the most steps they get. Where units differ, a step of newton-cg holds 200 of conjugate gradients.
SOLVERS = {"newton-cholesky": 100, "newton-cg": 12, "lbfgs": 300}
MOST_STEPS = 100

Weights = NDArray[np.float64]
Solver = Callable[[float], tuple[Weights, bool]]  # tolerance -> weights, bias last; whether steps ran out


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    torch.set_num_threads(THREADS)
    with threadpool_limits(THREADS):
        table = [row for scaled in (False, True) for row in compare(rows, scaled)]
    show(f"Exact optimum, {rows:,} x {COLUMNS}, relative gap <= {GAP:g}, {THREADS} threads", table)


def compare(rows: int, scaled: bool) -> Iterator[Row]:
    x, t = sample(rows, scaled)
    wide = x.astype(np.float64)
    solvers: dict[str, Solver] = {"ours": partial(ours, x, t)}
    solvers |= {name: partial(theirs, name, wide, t) for name in SOLVERS}
    lowest = min(objective(wide, t, solvers[name](1e-14)[0]) for name in ("ours", "newton-cholesky"))
    _, longest = timed(solvers["ours"], TOLERANCES[-1])
    found = {name: cheapest(solver, wide, t, lowest, LONG * longest) for name, solver in solvers.items()}
    repeated = {
        name: partial(lambda solver, tolerance: timed(solver, tolerance)[1], solvers[name], tolerance)
        for name, (tolerance, taken) in found.items()
        if tolerance is not None and taken <= LONG * longest
    }
    seconds = {name: taken for name, (tolerance, taken) in found.items() if tolerance is not None}
    seconds |= medians(repeated, REPETITIONS, warm=0)
    mine = seconds.pop("ours", float("nan"))
    fastest = min(seconds.values())
    for name in SOLVERS:
        told = f"{seconds[name]:.2f} s" if name in seconds else f"not in {found[name][1]:.0f} s"
        ratio = seconds[name] / mine if name in seconds else None
        target = Target(1.0, at_least=True) if seconds.get(name) == fastest else None
        yield Row(f"{'units 1e-3 to 1e3' if scaled else 'plain columns'}, {name}", f"{mine:.2f} s", told, ratio, target)


def sample(rows: int, scaled: bool) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Rows of a logistic model, which no hyperplane separates."""
    random = np.random.default_rng(0)
    x = random.standard_normal((rows, COLUMNS), dtype=np.float32)
    weights = random.standard_normal(COLUMNS) / np.sqrt(COLUMNS)
    t = random.random(rows) < 1.0 / (1.0 + np.exp(-(x @ weights + 0.5)))
    if scaled:
        x *= np.float32(10.0) ** np.linspace(-3.0, 3.0, COLUMNS, dtype=np.float32)
    return x, t.astype(np.uint8)


def objective(x: NDArray[np.float64], t: NDArray[np.uint8], weights: Weights) -> float:
    """Mean loss."""
    logits = x @ weights[:-1] + weights[-1]
    return float(np.mean(np.logaddexp(0.0, logits) - t * logits))


def cheapest(
    solver: Solver, x: NDArray[np.float64], t: NDArray[np.uint8], lowest: float, patience: float
) -> tuple[float | None, float]:
    """The largest tolerance that brings the objective to within the gap, and the seconds of the last attempt.

    None where the steps run out before, or an attempt in vain has taken longer than ``patience``.
    """
    taken = 0.0
    for tolerance in TOLERANCES:
        (weights, exhausted), taken = timed(solver, tolerance)
        if objective(x, t, weights) <= lowest * (1.0 + GAP):
            return tolerance, taken
        if exhausted or taken > patience:
            break
    return None, taken


def timed(solver: Solver, tolerance: float) -> tuple[tuple[Weights, bool], float]:
    started = time.perf_counter()
    found = solver(tolerance)
    return found, time.perf_counter() - started


def ours(x: NDArray[np.float32], t: NDArray[np.uint8], tolerance: float) -> tuple[Weights, bool]:
    ones = torch.ones(len(x), 1)
    rows = torch.cat([torch.from_numpy(x), ones], dim=1)
    shift = -torch.from_numpy(t).float()[:, None]
    decayed = torch.ones(rows.shape[1])
    decayed[-1] = 0.0
    options = Newton(name="newton", weight_decay=0.0, tolerance=tolerance)
    columns = [f"x{index}" for index in range(x.shape[1])]
    solution = Solution(torch.zeros(rows.shape[1], dtype=torch.float64))
    with torch.inference_mode():
        for _ in range(MOST_STEPS):
            solution = newton_step(rows, None, shift, solution, options, decayed, columns)
            if solution.converged:
                break
    return solution.weights.numpy(), not solution.converged


def theirs(solver: str, x: NDArray[np.float64], t: NDArray[np.uint8], tolerance: float) -> tuple[Weights, bool]:
    model = LogisticRegression(C=np.inf, solver=solver, tol=tolerance, max_iter=SOLVERS[solver])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of steps that ran out, which is told by the flag
        model.fit(x, t)
    return np.append(model.coef_[0], model.intercept_), bool(model.n_iter_[0] >= SOLVERS[solver])


if __name__ == "__main__":
    main()
