"""The bounds of every option that is a number: a bracket includes its end, a parenthesis does not."""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module

import pytest

from logodds.options.rules import Bounds

ADAM = {"lr": "(0, ", "beta1": "[0, 1)", "beta2": "[0, 1)", "eps": "(0, ", "weight_decay": "[0, "}
SEED = f"[0, {2**32})"
BOUNDS = {
    "data.problem.Problem": {"largest_rows": "[1, "},
    "data.sources.csv.TableFile": {
        "largest_rows": "[1, ",
        "skip_rows": "[0, ",
        "test_skip_rows": "[0, ",
        "largest_bytes": "(0, ",
    },
    "data.sources.pictures.PictureFolders": {"largest_rows": "[1, ", "size": "[1, 4096]", "channels": "[1, 3]"},
    "data.split_options.SplitOptions": {
        "folds": "[2, 1000]",
        "val_size": "[0, 1)",
        "test_size": "[0, 1)",
        "seed": SEED,
    },
    "engine.losses.bce.BCE": {"label_smoothing": "[0, 1)"},
    "engine.losses.cross_entropy.CrossEntropy": {"label_smoothing": "[0, 1)"},
    "engine.losses.focal.Focal": {"gamma": "[0, 100]", "alpha": "(0, 1)"},
    "engine.optimisers.adam.Adam": ADAM,
    "engine.optimisers.adamw.AdamW": ADAM,
    "engine.optimisers.newton.Newton": {"weight_decay": "[0, ", "tolerance": "(0, "},
    "engine.optimisers.sgd.SGD": {"lr": "(0, ", "momentum": "[0, 1)", "weight_decay": "[0, "},
    "engine.train_options.TrainOptions": {
        "epochs": "[1, 1000000000]",
        "batch_size": "[1, ",
        "seed": f"[0, {2**63})",
        "threads": "[1, 1024]",
        "patience": "[1, ",
        "min_delta": "[0, ",
        "warmup_epochs": "[0, ",
        "clip_norm": "(0, ",
        "checkpoint_seconds": "(0, ",
    },
    "evaluation.evaluate_options.EvaluateOptions": {"threshold": "[0, 1]", "calibration_bins": "[2, 1000]"},
    "features.ngrams.NgramsOptions": {
        "words": "[1, 10]",
        "chars": "[1, 10]",
        "min_df": "[1, ",
        "max_terms": "[1, ",
    },
    "features.tabular.TabularOptions": {"bins": "[2, 1024]", "rare": "[0, ", "max_categories": "[2, "},
    "features.tokens.TokensOptions": {"vocabulary": "[3, ", "min_count": "[1, ", "length": "[1, "},
    "models.bilstm.BiLSTM": {"embedding": "[1, 4096]", "units": "[1, 4096]", "dropout": "[0, 1)"},
    "models.cnn.CNN": {"channels": "[1, 4096]", "dropout": "[0, 1)", "shift": "[0, 1024]"},
    "models.mlp.MLP": {"hidden": "[1, 65536]", "dropout": "[0, 1)"},
    "models.resnet.ResNet": {"width": "[1, 65536]", "blocks": "[1, 1024]", "dropout": "[0, 1)"},
    "sweep.launchers.ray.RayOptions": {"num_cpus": "(0, ", "num_gpus": "[0, ", "max_retries": "[0, 1000]"},
    "sweep.launchers.slurm.SlurmOptions": {
        "n_jobs": "[1, 1024]",
        "timeout_min": "[1, ",
        "cpus_per_task": "[1, ",
        "gpus_per_node": "[0, ",
        "mem_gb": "(0, ",
    },
    "sweep.launchers.sweep.ProcessOptions": {"n_jobs": "[1, 1024]"},
    "sweep.search.search_options.SearchOptions": {
        "n_trials": "[1, ",
        "seed": SEED,
        "generation": "[1, ",
        "min_epochs": "[1, ",
        "reduction_factor": "[2, ",
    },
}


def written(rule: Bounds) -> str:
    low = f"({rule.above:g}" if rule.above is not None else f"[{rule.least:g}"
    high = "" if rule.below is None else f"{int(rule.below)})"
    return f"{low}, {high if rule.most is None else f'{int(rule.most)}]'}"


@pytest.mark.parametrize("option", BOUNDS)
def test_the_bounds_of_an_option(option: str) -> None:
    module, _, name = option.rpartition(".")
    rules = {
        field.name: field.metadata.get("rule") for field in fields(getattr(import_module(f"logodds.{module}"), name))
    }
    assert {key: written(rule) for key, rule in rules.items() if isinstance(rule, Bounds)} == BOUNDS[option]
