"""Keys beside each other: whatever is set changes the result, or is told and leaves the signature as it is."""

from __future__ import annotations

import json
from copy import deepcopy
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT
from omegaconf import OmegaConf

from logodds.data.splitter import split
from logodds.data.table import Table
from logodds.runs import training
from logodds.runs.compose import compose
from logodds.runs.config import Config, read_config
from logodds.runs.inputs import fitted
from logodds.runs.task import Task, fits
from logodds.system.errors import JobError, UserError
from logodds.tracking.naming import Naming
from logodds.tracking.provenance.origin import Origin

CONF = ROOT / "conf"
SECTIONS = ("split", "features", "model", "loss", "optim", "train", "evaluate")
#: Keys that change no result whatever the others are.
APART = {
    *("train.device", "train.threads", "train.checkpoint_seconds", "train.reuse"),  # where, how often, whether
    "evaluate.calibration_bins",  # of a picture
    "features.max_categories",  # a limit
    *("split.folds", "features.column", "features.normalise"),  # of cross-validations; of columns; of pictures
    *("model.channels", "model.flip", "model.shift"),  # of pictures
}
# By base: overrides of the problem, and the settings that are tried beside each other, a line of overrides each.
TRAIN = """
train.epochs=9
train.batch_size=8
train.seed=3
train.monitor=train/loss
train.patience=1
train.patience=2 train.min_delta=0.3
train.min_delta=0.3
train.schedule=cosine
train.warmup_epochs=2
train.sampling=weighted
train.clip_norm=0.05
optim.momentum=0.5
optim.momentum=0.5 optim.nesterov=true
optim.weight_decay=0.1
"""
BASES = {
    "tables": (
        "features=tabular model=logistic optim=sgd",
        TRAIN
        + """
        split.method=random
        split.method=none
        split.method=ordered split.column=a
        split.method=grouped split.column=g
        split.method=given
        split.method=given split.val_rows=FOLDER/val.txt
        split.val_size=0.3
        split.test_size=0.35
        split.seed=7
        train.sampling=stratified
        optim.lr=0.3
        optim=adam optim.lr=0.3
        optim=adam optim.lr=0.3 optim.beta1=0.5
        optim=adam optim.lr=0.3 optim.beta2=0.5
        optim=adam optim.lr=0.3 optim.eps=0.1
        optim=adamw optim.lr=0.3
        optim=newton
        optim=newton optim.weight_decay=0.01
        optim=newton optim.tolerance=0.01
        loss=focal
        loss=focal loss.gamma=1.0
        loss=focal loss.alpha=null
        loss=cross_entropy
        loss=cross_entropy loss.class_weight=balanced
        loss.label_smoothing=0.2
        loss.pos_weight=3.0
        loss.from_logits=false
        model=mlp model.hidden=[4]
        model=mlp model.hidden=[4] model.activation=tanh
        model=mlp model.hidden=[4] model.dropout=0.5
        model=mlp model.hidden=[4] model.groups=[[a,b],[w,g]]
        model=resnet model.width=8
        model=resnet model.width=8 model.blocks=1
        model=resnet model.width=8 model.dropout=0.5
        features.scale=quantile
        features.scale=none
        features.bins=6
        features.rare=30
        evaluate.threshold=0.3
        """,
    ),
    "no hidden units": (
        "features=tabular model=mlp model.hidden=[] optim=sgd",
        "model.activation=tanh\nmodel.dropout=0.5\nmodel.hidden=[4]\ntrain.seed=3\noptim=adam",
    ),
    "tokens": (
        "features=tokens model=bilstm model.embedding=3 model.units=2 optim=sgd",
        TRAIN
        + """
        model.embedding=2
        model.units=3
        model.pooling=last
        model.dropout=0.0
        features.vocabulary=6
        features.min_count=30
        features.length=2
        features.lowercase=false
        features.punctuation=false
        """,
    ),
    "n-grams": (
        "features=ngrams model=logistic optim=sgd features.chars=[2,3]",
        TRAIN
        + """
        features.words=[1,1]
        features.words=null
        features.chars=null
        features.min_df=9
        features.max_terms=5
        features.tfidf=false
        features.sublinear=false
        features.lowercase=false
        """,
    ),
}


def table() -> Table:
    """120 rows, 30 of them the problem's own test part, with all that features can read."""
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 120)).round(3)
    word, group = random.choice(["red", "blue", "teal"], 120, p=[0.5, 0.3, 0.2]), random.integers(12, size=120)
    target = (a + (word == "red") + random.normal(size=120) > 0.7).astype(np.int64)
    words = (["Good", "good", "fine!", "so", "so"], ["poor", "good", "bad?", "Bad", "so"])
    texts = [" ".join(random.choice(words[own], 5)) for own in target]
    columns = {
        "a": pa.array(a),
        "b": pa.array(b, mask=random.random(120) < 0.1),
        "w": pa.array(word.tolist(), pa.string()),
        "g": pa.array([f"g{number}" for number in group], pa.string()),
    }
    columns["t"] = pa.array(texts, pa.large_string())
    return Table(pa.table(columns), target, "y", ("no", "yes"), test_rows=30)


ROWS = table()


def base(overrides: str) -> dict[str, Any]:
    """The sections of a configuration."""
    problem = "problem=csv problem.path=x problem.target=y train.epochs=6 train.batch_size=16 optim.lr=2 tracking=none"
    return deepcopy(compose([*problem.split(), *overrides.split()]).plain)


def changed(sections: dict[str, Any], setting: str) -> Config:
    """The configuration with some overrides."""
    sections = deepcopy(sections)
    for override in setting.split():
        key, _, value = override.partition("=")
        section, _, name = key.partition(".")
        if name:
            sections[section][name] = OmegaConf.from_dotlist([override])[section][name]
        else:
            sections[section] = OmegaConf.to_container(OmegaConf.load(CONF / section / f"{value}.yaml"))
    return read_config(OmegaConf.create(sections))


def result(config: Config, folder: Path) -> str:
    """All that a run ends with: its rows, weights and figures."""
    reads_texts = config.features.name != "tabular"
    rows = Table(
        ROWS.columns.select(["a", "g", "t"]) if reads_texts else ROWS.columns.drop_columns(["t"]),
        *(ROWS.target, "y", ROWS.classes, ROWS.test_rows),
    )
    inputs = fitted(rows, split(rows, config.split), config.features, config.split.column)
    fits(config, inputs)
    task = Task(config, inputs, Origin("", "", {}), folder, Naming("x", {}))
    (ended,) = training.train_together([task], None, "x")
    if isinstance(ended, JobError):
        raise ended
    parts = [ended.package.digest(), ended.history, ended.predictions, ended.figures(), inputs.split.digest()]
    return json.dumps([*parts, ended.package.threshold])


def settings(lines: str, folder: Path) -> list[str]:
    return [line.strip().replace("FOLDER", str(folder)) for line in lines.splitlines() if line.strip()]


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", BASES)
def test_equal_results_have_equal_signatures_and_a_note(name: str, tmp_path: Path) -> None:
    """Every setting beside every other one."""
    (tmp_path / "val.txt").write_text("\n".join(map(str, range(0, 90, 5))))
    sections = base(BASES[name][0])
    found: dict[frozenset[str], tuple[Config, str]] = {}
    tried = settings(BASES[name][1], tmp_path)
    for chosen in [(), *((one,) for one in tried), *combinations(tried, 2)]:
        keys = [override.partition("=")[0].partition(".") for setting in chosen for override in setting.split()]
        sections_chosen = [section for section, _, key in keys if not key]
        twice = len({(section, key) for section, _, key in keys}) < len(keys)
        if twice or (
            len(chosen) == 2
            and any(
                text.split()[0].partition("=")[0].partition(".")[0] in sections_chosen and text is not chosen[0]
                for text in chosen[1:]
            )
        ):
            continue
        try:
            config = changed(sections, " ".join(chosen))
            found[frozenset(chosen)] = config, result(config, tmp_path / "run")
        except UserError:
            continue
    wrong = []
    for chosen, (config, ended) in found.items():
        for left_out in chosen:
            less = found.get(chosen - {left_out})
            if less is None:
                continue
            told = any(override.partition("=")[0] in note for override in left_out.split() for note in config.notes())
            if (ended == less[1]) != (config.signature == less[0].signature) or (ended == less[1]) != told:
                wrong.append(
                    (left_out, set(chosen - {left_out}), ended == less[1], config.signature == less[0].signature, told)
                )
    assert wrong == [], "\n".join(map(str, wrong))
