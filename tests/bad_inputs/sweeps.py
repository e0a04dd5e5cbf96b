"""Sweeps and searches of which a job or an option is wrong: nothing starts."""

from __future__ import annotations

from bad_inputs.case import Case

RATE = "optim.lr=tag(log,interval(1e-3,1))"
RULE = "must be finite and >= 1 and <= 1e+09"


def grid(name: str, overrides: str, told: str) -> Case:
    return Case(name, f"train -m problem=iris {overrides}", told)


def search(name: str, overrides: str, told: str) -> Case:
    return Case(name, f"train -m problem=iris hydra/sweeper=optuna train.epochs=2 {overrides}", told)


CASES = (
    grid(
        "values of jobs",
        "train.epochs=5,0 optim.lr=0.1,-1",
        f"optim.lr=-1.0: must be finite and > 0; train.epochs=0: {RULE}",
    ),
    grid(
        "key of jobs",
        "optim.lrr=0.1,0.2",
        "optim.lrr: unknown key; did you mean optim.lr, optim.name, optim.nesterov?",
    ),
    grid(
        "key that the option of one job lacks",
        "optim=sgd,newton optim.lr=0.1",
        "job optim=newton: optim.lr: not a key of optim=newton; optim=adam, adamw and sgd have it",
    ),
    grid(
        "many jobs",
        "train.epochs=0,-1,-2,-3,-4,-5",
        "; ".join([*(f"train.epochs={epochs}: {RULE}" for epochs in (0, -1, -2)), "and 3 more"]),
    ),
    grid(
        "range without an end",
        "'train.seed=range(0,inf)'",
        "train.seed=range(0,inf): has no end; give one: KEY=range(START,STOP)",
    ),
    grid(
        "empty range",
        "'optim.lr=range(0)'",
        "optim.lr=range(0): holds no values to try; list one or more: KEY=VALUE,VALUE",
    ),
    grid("no value", "optim.lr=", "optim.lr=: must be a number"),
    grid(
        "option between overrides",
        "train.epochs=2 -m optim=adamm,sgd",
        "optim=adamm: unknown option; did you mean adam, adamw?",
    ),
    search("end of an interval", "'optim.lr=interval(-1,1)'", "optim.lr=-1.0: must be finite and > 0"),
    search("nothing to search", "optim.lr=0.1", "nothing to search: no key but the seed has several values;***"),
    search("key of a search", "optim.rl=0.1,0.2", "optim.rl: unknown key; did you mean optim.lr***"),
    search("no trials", f"'{RATE}' hydra.sweeper.n_trials=0", "hydra.sweeper.n_trials=0: must be finite and >= 1***"),
    search("grid of an interval", f"'{RATE}' hydra.sweeper.sampler=grid", "optim.lr: an interval has no grid;***"),
    search(
        "halving without epochs",
        f"'{RATE}' hydra.sweeper.min_epochs=5",
        "hydra.sweeper.min_epochs=5: must be < train.epochs=2***",
    ),
    search(
        "search without a tracker",
        f"'{RATE}' tracking=none",
        "tracking=none: a search keeps its trials in the tracker;***",
    ),
    search(
        "search one by one",
        f"'{RATE}' hydra/launcher=basic",
        "hydra/sweeper=optuna: trains its trials together; use hydra/launcher=sweep, ray or slurm",
    ),
    search(
        "search without validation rows",
        f"'{RATE}' split.val_size=0 train.monitor=train/loss",
        "split.val_size=0: a search is judged on validation***",
    ),
    search(
        "search over splits",
        f"'{RATE}' split.seed=1,2",
        "split: trials on different splits of the rows cannot be compared;***",
    ),
    search(
        "problem twice", f"problem=iris,toy '{RATE}'", "problem=iris and problem=iris,toy: problem is given twice;***"
    ),
    search(
        "search of a missing file",
        f"'{RATE}' problem.path=nowhere.csv",
        "problem.path=nowhere.csv: no such file; known: ***",
    ),
    Case(
        "search over problems",
        f"train -m hydra/sweeper=optuna problem=iris,toy '{RATE}'",
        "problem: a search is of one problem; use hydra/sweeper=grid for several",
    ),
)
