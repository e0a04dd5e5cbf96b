"""Keys beside each other: whatever is set changes the result, or is told and leaves the signature as it is."""

from __future__ import annotations

import json
from contextlib import suppress
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
from logodds.runs.compose import compose, main
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
#: Limits, and what chooses among epochs: the rows decide whether they matter.
LIMITS = {
    *("train.patience", "train.epochs", "train.monitor"),
    *("features.vocabulary", "features.min_count", "features.length", "features.min_df", "features.max_terms"),
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
        model=tabm model.width=8
        model=tabm model.width=8 model.k=2
        model=tabm model.width=8 model.blocks=1
        model=tabm model.width=8 model.dropout=0.5
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


def keys_of(setting: str) -> set[str]:
    return {override.partition("=")[0] for override in setting.split()}


def fit_together(one: str, other: str) -> bool:
    """Whether neither changes a key that the other gives, or the option that has it."""
    ours, theirs = keys_of(one), keys_of(other)
    sections = {key.partition(".")[0] for key in ours}, {key.partition(".")[0] for key in theirs}
    return not (ours & theirs or ours & sections[1] or theirs & sections[0])


def told(config: Config, setting: str) -> bool:
    """Whether a note says that an override of the setting has no effect."""
    ineffective = [note.partition(": ")[2] for note in config.notes() if note.endswith(" without effect")]
    return any(override in note for override in setting.split() for note in ineffective)


def test_every_key_is_tried() -> None:
    tried = {key for overrides, lines in BASES.values() for key in keys_of(f"{overrides} {lines}")}
    assert tried - {key for key in tried if "." in key} <= set(SECTIONS)
    for path in CONF.glob("*/*.yaml"):
        if path.parent.name in SECTIONS:
            keys = {f"{path.parent.name}.{name}" for name in OmegaConf.load(path) if name != "name"}
            assert keys - tried - APART == set(), path


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.long) for name in BASES])
@pytest.mark.timeout(1800)
def test_equal_results_have_equal_signatures_and_a_note(name: str, tmp_path: Path) -> None:
    """Every setting beside every other one."""
    (tmp_path / "val.txt").write_text("\n".join(map(str, range(0, 90, 5))))
    sections = base(BASES[name][0])
    tried = settings(BASES[name][1], tmp_path)
    pairs = [pair for pair in combinations(tried, 2) if fit_together(*pair)]
    found: dict[frozenset[str], tuple[Config, str]] = {}
    for chosen in [(), *((one,) for one in tried), *pairs]:
        with suppress(UserError):  # options that do not go together are refused
            config = changed(sections, " ".join(chosen))
            found[frozenset(chosen)] = config, result(config, tmp_path / "run")
    assert len(found) > len(tried)
    wrong = []
    for chosen, (config, ended) in found.items():
        for setting in chosen:
            without, ended_without = found.get(chosen - {setting}, (None, None))
            if without is None:
                continue
            equal, same = ended == ended_without, config.signature == without.signature
            reached = equal and any(keys_of(text) & LIMITS for text in chosen)
            if (equal != same and not reached) or (same and not equal) or same != told(config, setting):
                wrong.append(f"{setting} beside {set(chosen - {setting})}: {equal=} {same=}")
    assert wrong == [], "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "note"),
    [
        (
            "features.bins=6 features.scale=quantile",
            "features.bins=6 takes the place of scaling: features.scale=quantile",
        ),
        ("train.min_delta=0.1", "train.patience=null: train.min_delta=0.1"),
        ("split.method=none split.val_size=0.3", "split.method=none holds no rows out: split.val_size=0.3"),
        ("split.method=ordered split.column=a split.seed=1", "split.method=ordered draws nothing: split.seed=1"),
        (
            "split.method=given split.test_size=0.3",
            "split.method=given keeps the problem's own test part: split.test_size=0.3",
        ),
        (
            "split.method=given split.val_rows=x split.val_size=0.3 split.seed=1",
            "split.val_rows names the validation rows: split.val_size=0.3, split.seed=1",
        ),
        (
            "split.method=given split.val_size=0 split.seed=1 train.monitor=train/loss",
            "split.val_size=0 draws no rows: split.seed=1",
        ),
        (
            "split.val_size=0 split.test_size=0 split.seed=1 train.monitor=train/loss",
            "split.val_size=0 and split.test_size=0 draw no rows: split.seed=1",
        ),
        ("split.folds=3 split.test_size=0.3", "split.folds=3 makes each fold the test part once: split.test_size=0.3"),
        ("split.folds=3 train.reuse=true", "split.folds=3 trains every fold: train.reuse=true"),
        ("tracking=none train.reuse=true", "tracking=none keeps no record: train.reuse=true"),
        ("model=mlp model.hidden=[] model.dropout=0.5", "model.hidden=[] leaves no hidden units: model.dropout=0.5"),
        ("problem.test_skip_rows=1", "problem.test_path=null: problem.test_skip_rows=1"),
        ("optim=newton train.seed=1", "optim=newton starts at zero and draws nothing: train.seed=1"),
        ("optim=newton train.patience=3", "optim=newton stops at the optimum: train.patience=3"),
    ],
)
def test_a_key_without_effect_is_told_and_left_out_of_the_signature(overrides: str, note: str) -> None:
    fixed = "problem=csv problem.path=x problem.target=y"
    config = compose([*fixed.split(), *overrides.split()])
    assert config.notes() == [f"{note} without effect"]
    ineffective = {override.partition("=")[0] for override in note.partition(": ")[2].split(", ")}
    kept = [override for override in overrides.split() if override.partition("=")[0] not in ineffective]
    usual = compose([*fixed.split(), *kept])
    assert usual.notes() == []
    assert usual.signature == config.signature
    assert usual != config


def test_keys_of_sweeps_are_told_to_a_single_run(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["problem=toy", "sweep.retry=all", "hydra.launcher.n_jobs=2", "train.epochs=2"]
    assert main(lambda node, changed: 0, given) == 0
    told = "one run is no sweep: sweep.retry=all, hydra.launcher.n_jobs=2 without effect; -m makes it a sweep"
    assert capsys.readouterr().err == f"note: {told}\n"
    main(lambda node, changed: 0, ["problem=toy"])
    assert capsys.readouterr().err == ""


def test_a_value_needs_no_note_if_it_is_that_of_the_file() -> None:
    """With ``conf/`` as it is, a note is about what somebody set."""
    for overrides in ("optim=newton", "split.method=none", "split.method=given", "split.folds=3", "features.bins=4"):
        config = compose(["problem=csv", "problem.path=x", "problem.target=y", *overrides.split()])
        assert config.unused, overrides
        assert config.notes() == []
