"""Composed configurations, and the messages for wrong overrides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from logodds.compose import CONF, compose
from logodds.config import read_config
from logodds.errors import UserError

GROUPS = ["evaluate", "features", "loss", "model", "optim", "problem", "tracking", "train"]
OPTIONS = sorted((path.parent.name, path.stem) for group in GROUPS for path in (CONF / group).glob("*.yaml"))
OWN = ["problem=csv", "problem.path=x", "problem.target=y"]
PROBLEMS = [
    OWN if path.stem == "csv" else [f"problem={path.stem}"] for path in sorted((CONF / "problem").glob("*.yaml"))
]


def refusal(overrides: list[str]) -> str:
    with pytest.raises(UserError) as caught:
        compose(overrides)
    return str(caught.value)


def test_every_group_is_tested() -> None:
    assert sorted(path.name for path in CONF.iterdir() if path.is_dir() and path.name != "hydra") == GROUPS


@pytest.mark.parametrize(("group", "name"), OPTIONS)
def test_every_option_composes(group: str, name: str) -> None:
    overrides = OWN if name == "csv" else [f"{group}={name}"]
    flat = compose(overrides).flat()
    file = OmegaConf.load(CONF / group / f"{name}.yaml")
    if group == "problem":
        assert flat["problem.name"] == name
    else:
        train = {"device": flat["train.device"]} if group == "train" else {}
        expected = {**dict(OmegaConf.to_container(file)), **train}
        # a problem may bring its own training recipe, the default one must not
        assert {key: flat[f"{group}.{key}"] for key in expected} == expected


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem[0])
@pytest.mark.parametrize(
    "more",
    [
        [],
        ["model=mlp", "model.hidden=[3,2]", "optim=adamw", "optim.eps=1e-12"],
        ["optim=newton", "optim.tolerance=1e-300"],
        ["loss.pos_weight=auto", "loss.from_logits=false", "train.sampling=stratified"],
        ["loss=cross_entropy", "loss.class_weight=[1,2.5]", "train.sampling=weighted"],
        ["loss=cross_entropy", "loss.class_weight=balanced"],
        ["loss=focal", "loss.alpha=null"],
        ["problem.classes=['1e3','yes']", "problem.drop=['1','null','~',' a']", "problem.delimiter='\t'"],
        [
            "split.method=grouped",
            "split.column='null'",
            "split.val_size=0.1",
            "split.test_size=0.3",
            "train.patience=3",
            "train.clip_norm=0.1",
        ],
    ],
    ids=str,
)
def test_resolved_configuration_round_trips(problem: list[str], more: list[str]) -> None:
    config = compose([*problem, *more])
    assert read_config(OmegaConf.create(config.to_yaml())) == config
    again = read_config(OmegaConf.create(config.to_yaml()))
    assert again.to_yaml() == config.to_yaml()
    assert again.signature() == config.signature()


def test_default_problem_is_breast_cancer() -> None:
    assert compose([]) == compose(["problem=breast_cancer"])


def test_problem_leaves_a_chosen_model_and_optimiser() -> None:
    config = compose(["problem=iris", "model=mlp", "optim=adam"])
    assert (config.model.name, config.optim.name) == ("mlp", "adam")


def test_flat_keys_are_hydra_keys() -> None:
    config = compose([])
    values = {key: value for key, value in config.flat().items() if not isinstance(value, list | str) and value}
    assert compose([f"{key}={value}" for key, value in values.items() if not isinstance(value, bool)]) == config


@pytest.mark.parametrize(
    "override",
    [
        "optim.lr=0.02",
        "optim=adam",
        "model=mlp",
        "problem=iris",
        "problem.drop=[x]",
        "split.seed=1",
        "features.scale=none",
        "loss.pos_weight=2",
        "loss.pos_weight=auto",
        "loss.from_logits=false",
        "loss=focal",
        "loss=cross_entropy",
        "train.sampling=weighted",
        "train.seed=1",
        "train.epochs=3",
        "train.device=cuda",
        "train.threads=2",
        "evaluate.threshold=0.4",
    ],
)
def test_signature_changes_with_what_decides_the_result(override: str) -> None:
    assert compose(["train.device=cpu", override]).signature() != compose(["train.device=cpu"]).signature()


@pytest.mark.parametrize(
    "override", ["tracking=none", "train.checkpoint_seconds=60", "optim.lr=1e-2", "loss.pos_weight=1"]
)
def test_signature_stays_with_what_decides_nothing(override: str) -> None:
    assert compose([override]).signature() == compose([]).signature()


WRONG = [
    ("optim.lr=0", ["optim.lr", "> 0"]),
    ("optim.lr=-1", ["optim.lr", "> 0"]),
    ("optim.lr=nan", ["optim.lr", "finite", "> 0"]),
    ("optim.lr=inf", ["optim.lr", "finite", "> 0"]),
    ("optim.lr=abc", ["optim.lr", "abc", "must be a number"]),
    ("optim.lr=", ["optim.lr", "must be a number"]),
    ("optim.lr=null", ["optim.lr", "must be a number"]),
    ("optim.lr=[0.1]", ["optim.lr", "must be a number"]),
    ("optim.lr={a:1}", ["optim.lr", "must be a number"]),
    ("optim.nesterov=true", ["optim.nesterov", "optim.momentum > 0"]),
    ("optim=adam optim.beta1=1", ["optim.beta1", ">= 0 and < 1"]),
    ("train.batch_size=0", ["train.batch_size", ">= 1"]),
    ("train.batch_size=1.5", ["train.batch_size", "whole number"]),
    ("train.epochs=0", ["train.epochs", ">= 1"]),
    ("train.epochs=true", ["train.epochs", "whole number"]),
    ("train.patience=0", ["train.patience", ">= 1"]),
    ("train.seed=-1", ["train.seed", ">= 0"]),
    ("train.monitor=val/foo", ["train.monitor", "val/loss", "val/roc_auc"]),
    ("train.device=gpu", ["train.device", "auto, cpu, cuda"]),
    ("split.test_size=1.0", ["split.test_size", ">= 0 and < 1"]),
    ("split.val_size=0.6 split.test_size=0.5", ["split.val_size=0.6", "split.test_size=0.5", "< 1"]),
    ("split.val_size=0", ["train.monitor", "split.val_size", "train/loss"]),
    ("split.method=grouped", ["split.method", "split.column"]),
    ("split.column=x", ["split.method=stratified", "split.column"]),
    ("split.method=stratifed", ["split.method", "stratified"]),
    ("split=5", ["split", "section"]),
    ("evaluate.threshold=1.5", ["evaluate.threshold", ">= 0 and <= 1"]),
    ("evaluate.calibration_bins=1", ["evaluate.calibration_bins", ">= 2"]),
    ("loss.label_smoothing=1", ["loss.label_smoothing", ">= 0 and < 1"]),
    ("loss.pos_weight=0", ["loss.pos_weight=0", "a finite number > 0 or auto"]),
    ("loss.pos_weight=inf", ["loss.pos_weight=inf", "a finite number > 0 or auto"]),
    ("loss.pos_weight=balanced", ["loss.pos_weight=balanced", "a finite number > 0 or auto"]),
    ("loss.pos_weight=null", ["loss.pos_weight=null", "a finite number > 0 or auto"]),
    ("loss.pos_weight=[1,2]", ["loss.pos_weight=[1, 2]", "a finite number > 0 or auto"]),
    ("loss.from_logits=1.5", ["loss.from_logits", "true or false"]),
    ("loss=cross_entropy loss.class_weight=auto", ["loss.class_weight=auto", "list of finite numbers", "balanced"]),
    ("loss=cross_entropy loss.class_weight=[1,0]", ["loss.class_weight=[1, 0]", "finite numbers > 0", "null"]),
    ("loss=cross_entropy loss.pos_weight=2", ["loss.pos_weight"]),
    ("loss=focal loss.gamma=-1", ["loss.gamma=-1", ">= 0 and <= 100"]),
    ("loss=focal loss.alpha=1", ["loss.alpha=1", "> 0 and < 1"]),
    ("loss=focl", ["loss=focl", "did you mean", "focal"]),
    ("train.sampling=random", ["train.sampling=random", "shuffle, stratified, weighted"]),
    ("features.scale=minmax", ["features.scale", "standard, none"]),
    ("problem.name=../x", ["problem.name", "1 to 64"]),
    ("problem.delimiter=ab", ["problem.delimiter", "one character"]),
    ("problem=csv", ["problem.path", "missing"]),
    ("problem=csv problem.path=x", ["problem.target", "missing"]),
    ("optim.lrr=1", ["optim.lrr", "did you mean", "optim.lr"]),
    ("optm.lr=1", ["optm.lr", "did you mean", "optim.lr"]),
    ("foo=1", ["foo", "unknown"]),
    ("zzz.zzz=1", ["zzz.zzz", "unknown"]),
    ("+foo=1", ["foo", "unknown section", "optim"]),
    ("+optim.foo=1", ["optim.foo", "unknown", "lr", "momentum"]),
    ("optimm=adam", ["optimm", "did you mean", "optim"]),
    ("problem=irs", ["problem=irs", "did you mean", "iris"]),
    ("model=mpl", ["model=mpl", "did you mean", "mlp"]),
    ("optim=adma", ["optim=adma", "did you mean", "adam"]),
    ("tracking=mlflo", ["tracking=mlflo", "did you mean", "mlflow"]),
    ("model=zzz", ["model=zzz", "logistic, mlp, resnet"]),
    ("model=mlp model.hidden=[0]", ["model.hidden", ">= 1"]),
    ("model=mlp model.hidden=[a]", ["model.hidden", "list of whole numbers"]),
    ("problem=[iris,toy]", ["problem takes one option", "-m problem=iris,toy"]),
    ("train.warmup_epochs=200", ["train.warmup_epochs=200", "< train.epochs=200"]),
    ("model=mlp model.hidden=8", ["model.hidden", "must be a list"]),
    ("model=mlp model.activation=rely", ["model.activation", "relu, tanh"]),
    ("model=mlp optim=newton", ["optim=newton", "model=mlp", "model=logistic"]),
    ("loss=cross_entropy optim=newton", ["optim=newton", "loss=bce", "optim=sgd"]),
    ("loss=focal optim=newton", ["optim=newton", "loss=bce", "optim=sgd"]),
    ("loss.from_logits=false optim=newton", ["optim=newton", "loss.from_logits=true", "optim=sgd"]),
    ("features=tabulr", ["features=tabulr", "did you mean", "tabular"]),
    ("problem.source=cvs", ["problem.source=cvs", "did you mean", "csv"]),
    ("~optim", ["optim", "missing"]),
    ("~optim.lr", ["optim.lr", "missing"]),
    ("optim=null", ["optim"]),
    ("optim=5", ["optim"]),
    ("optim.lr=${nope}", ["optim.lr"]),
    ("optim.lr=[", ["optim.lr=[", "key=value"]),
    ("optim.lr=1, optim.momentum=0.5", ["optim.lr=1,", "key=value"]),
    ("optim", ["optim", "key=value"]),
    ("=1", ["=1", "key=value"]),
]


@pytest.mark.parametrize(("overrides", "words"), WRONG, ids=[overrides for overrides, _ in WRONG])
def test_wrong_override_is_told_in_one_line(overrides: str, words: list[str]) -> None:
    text = refusal(overrides.split(" "))
    assert "\n" not in text
    assert len(text) <= 300
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    "override", ["model.hidden=[0]", "model.width=3", "optim.beta1=0.5", "optim.tolerance=1e-3", "model.dropout=0.1"]
)
def test_key_of_another_option_is_not_its_own_suggestion(override: str) -> None:
    key = override.split("=")[0]
    text = refusal([override])
    assert text.startswith(f"{key}: ")
    assert re.search(rf"did you mean [^?]*{re.escape(key)}\b", text) is None
    assert "\n" not in text


@pytest.mark.parametrize("change", ["section", "key", "value"])
def test_damaged_file_of_a_configuration_is_refused(tmp_path: Path, change: str) -> None:
    node = OmegaConf.create(compose([]).to_yaml())
    if change == "section":
        del node["train"]
    elif change == "key":
        del node["train"]["epochs"]
    else:
        node["train"]["epochs"] = "${train.nope}"
    with pytest.raises(UserError, match="train") as caught:
        read_config(node)
    assert "\n" not in str(caught.value)


def test_device_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGODDS_DEVICE", "cpu")
    assert compose([]).train.device == "cpu"
    monkeypatch.setenv("LOGODDS_DEVICE", "gpu")
    assert refusal([]) == "train.device=gpu: must be one of auto, cpu, cuda"
