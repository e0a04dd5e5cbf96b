"""Composed configurations, and the messages for wrong overrides."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from omegaconf import OmegaConf

from logodds.data import missing
from logodds.data.sources.csv import TableFile
from logodds.runs import conf
from logodds.runs.compose import compose, main
from logodds.runs.config import Config, read_config
from logodds.system.errors import UserError

CONF = ROOT / "conf"
GROUPS = ["evaluate", "features", "loss", "model", "optim", "problem", "split", "tracking", "train"]
OPTIONS = sorted((path.parent.name, path.stem) for group in GROUPS for path in (CONF / group).glob("*.yaml"))
OWN = ["problem=csv", "problem.path=x", "problem.target=y"]
PROBLEMS = [
    OWN if path.stem == "csv" else [f"problem={path.stem}"] for path in sorted((CONF / "problem").glob("*.yaml"))
]
# What an option needs beside itself: the features that a model reads, a model that reads the features.
NEEDS = {
    ("model", "bilstm"): ["features=tokens"],
    ("model", "cnn"): ["features=pixels"],
    ("features", "tokens"): ["model=bilstm"],
}


def refusal(overrides: list[str]) -> str:
    with pytest.raises(UserError) as caught:
        compose(overrides)
    return str(caught.value)


def test_every_group_is_tested() -> None:
    assert (
        sorted(path.name for path in CONF.iterdir() if path.is_dir() and path.name not in ("hydra", "sweep")) == GROUPS
    )


@pytest.mark.slow
@pytest.mark.parametrize(("group", "name"), OPTIONS)
def test_every_option_composes(group: str, name: str) -> None:
    overrides = OWN if name == "csv" else [f"{group}={name}", *NEEDS.get((group, name), [])]
    flat = compose(overrides).flat()
    file = OmegaConf.load(CONF / group / f"{name}.yaml")
    if group == "problem":
        named = "csv" if name == "csv" else str(flat["problem.name"])  # a table is named by its file
        assert name.startswith(named)  # a second recipe of a problem is named after it
    else:
        train = {"device": flat["train.device"]} if group == "train" else {}
        expected = {**dict(OmegaConf.to_container(file)), **train}
        # a problem may bring its own training recipe, the default one must not
        assert {key: flat[f"{group}.{key}"] for key in expected} == expected


NETWORK = {
    "tabular": ["model=mlp", "model.hidden=[3,2]"],
    "pixels": ["model=cnn", "model.channels=[3,2]", "features.normalise=unit"],
    "tokens": ["model=bilstm", "model.pooling=max", "features.punctuation=false"],
    "ngrams": ["model=logistic", "features.words=[1,1]", "features.chars=null"],
}


SOURCE = {
    "csv": ["problem.drop=['1','null','~',' a']", "problem.delimiter='\t'", "problem.missing=['~','']"],
    "texts": ["problem.encoding=latin-1", "problem.test_path=null"],
    "idx": ["problem.labels='1'", "problem.test_path=null", "problem.test_labels=null"],
    "pictures": ["problem.size=7", "problem.channels=1", "problem.on_error=skip", "problem.test_path=null"],
}


def changes(plain: Config) -> Iterator[list[str]]:
    """Overrides that fit a problem: its features' models, its source's keys, its loss's number of classes."""
    kind = plain.features.name
    yield [
        *(*NETWORK[kind], *SOURCE[plain.problem.source], "optim=adamw", "optim.eps=1e-12"),
        *("loss=bce", "loss.pos_weight=auto", "loss.from_logits=false", "train.sampling=weighted"),
        *("split.method=grouped", "split.column='null'", "split.val_size=0.1", "split.test_size=0.3"),
    ]
    weights = ["loss=cross_entropy", "loss.class_weight=[1,2.5]", "problem.classes=['1e3','yes','null']"]
    yield [*weights, "split.method=stratified", "split.folds=5", "split.val_size=0.1", "train.patience=3"]
    focal = ["loss=focal", "loss.alpha=null", "train.clip_norm=0.1"]
    balanced = ["loss=cross_entropy", "loss.class_weight=balanced"]
    newton = ["model=logistic", "loss=bce", "optim=newton", "optim.tolerance=1e-300"]
    match kind:
        case "tabular":
            yield [*focal, "features.scale=quantile", "features.bins=7", "train.sampling=stratified"]
            yield [*balanced, "model=mlp", "model.groups=[['1','null'],[' a']]"]
            yield newton
        case "pixels":
            yield [*focal, "train.sampling=stratified"]
            yield balanced
            yield newton
        case "tokens":
            yield focal
            yield [*balanced, "features=ngrams", "features.words=null", "features.chars=[2,4]", "model=logistic"]
    if isinstance(plain.problem, TableFile):
        yield ["+problem.kinds.n=number"] if plain.problem.kinds else ["problem.kinds={n:number,m:category}"]


@pytest.mark.long
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem[0])
def test_resolved_configuration_round_trips(problem: list[str]) -> None:
    plain = compose(problem)
    for config in [plain, *(compose([*problem, *more]) for more in changes(plain))]:
        again = read_config(OmegaConf.create(config.to_yaml()))
        assert again == config
        assert again.to_yaml() == config.to_yaml()
        assert again.signature == config.signature
        assert (config == plain) == (config is plain)


def test_default_problem_is_breast_cancer() -> None:
    assert compose([]) == compose(["problem=breast_cancer"])


def test_problem_leaves_a_chosen_model_and_optimiser() -> None:
    config = compose(["problem=iris", "model=mlp", "optim=adam"])
    assert (config.model.name, config.optim.name) == ("mlp", "adam")


@pytest.mark.parametrize(
    ("problem", "chosen"),
    [
        ("adult", {"model": "logistic", "optim": "newton", "loss": "bce"}),
        ("sentiment", {"features": "ngrams", "model": "logistic", "optim": "newton"}),
        ("mnist", {"model": "cnn", "loss": "focal"}),
        ("titanic", {"model": "resnet", "optim": "adam"}),
    ],
)
def test_another_option_drops_the_recipe_of_the_one_it_replaces(problem: str, chosen: dict[str, str]) -> None:
    flat = compose([f"problem={problem}", *(f"{group}={name}" for group, name in chosen.items())]).flat()
    for group, name in chosen.items():
        keys = {key.removeprefix(f"{group}.") for key in flat if key.startswith(f"{group}.")}
        assert keys == set(OmegaConf.load(CONF / group / f"{name}.yaml"))


def test_a_recipe_s_key_of_the_same_name_stays_and_a_given_key_is_refused() -> None:
    config = compose(["problem=adult", "model=resnet", "optim=adam"])
    assert (config.flat()["model.dropout"], config.flat()["optim.lr"]) == (0.3, 0.002)
    assert refusal(["problem=adult", "model=logistic", "model.hidden=[3]"]).startswith("model.hidden: ")


@pytest.fixture
def own_conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration's folder, copied so that it can be changed."""
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    monkeypatch.setattr(conf, "folders", lambda: (tmp_path / "conf",))
    return tmp_path / "conf"


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("problem.target=0.10", "problem.target", "0.10"),
        ("problem.drop=[0.10,010,1e3,true]", "problem.drop", ["0.10", "010", "1e3", "true"]),
        ("problem.name=1.10", "problem.name", "1.10"),
        ("problem.columns=[0.10,y]", "problem.columns", ["0.10", "y"]),
        ("problem.classes=[0.10,1.0]", "problem.classes", ["0.10", "1.0"]),
        ("problem.missing=[-999.0]", "problem.missing", ["-999.0"]),
        ("split.column=0.10", "split.column", "0.10"),
        ("features.column=1e3", "features.column", "1e3"),
    ],
)
def test_names_that_look_like_numbers_are_taken_as_they_stand(override: str, key: str, value: object) -> None:
    given = ["problem=csv", "problem.path=t.csv", "problem.target=y", "problem.header=false"]
    given += ["split.method=grouped", "split.column=g", "features=ngrams"]
    config = compose([*(each for each in given if not each.startswith(f"{key}=")), override])
    assert config.flat()[key] == value


def test_columns_named_by_words_of_yaml_are_given_their_kinds() -> None:
    given = "problem.kinds={True: text, null: category, 1.0: category, 0.10: date, no: category, 2019: category}"
    config = compose(["problem=csv", "problem.path=t.csv", "problem.target=y", given])
    assert config.problem.kinds == {  # type: ignore[attr-defined]  # of the table's options
        **{"True": "text", "null": "category", "1.0": "category", "0.10": "date"},
        **{"no": "category", "2019": "category"},
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "1.0",
            "problem.kinds: 1.0 was read as a number and not as it is spelt; write it in quotes in a file of conf/",
        ),
        ("2019", "problem.kinds: 2019 was read as a number and not as it is spelt; write it in quotes in a file of "),
        ("null", "/problem/own.yaml: null stands for a key; where it is a name, write it in quotes"),
    ],
)
def test_a_file_that_names_a_column_by_another_word_is_refused(own_conf: Path, name: str, told: str) -> None:
    text = f"# @package _global_\ndefaults: [csv, _self_]\nproblem:\n  kinds:\n    {name}: category\n"
    (own_conf / "problem" / "own.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        compose(["problem=own", "problem.path=t.csv", "problem.target=y"])
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (
            "problem.target=null",
            "problem.target=null: must be a text; the text null is typed 'problem.target=\"null\"'",
        ),
        (
            "model.groups=[[a,0.10]]",
            "model.groups: 0.1 was read as a number and not as it is spelt; write it in quotes",
        ),
        (
            "model.groups=[[a,true]]",
            "model.groups: True was read as true or false and not as it is spelt; write it in quotes",
        ),
    ],
)
def test_a_name_whose_spelling_is_lost_is_refused(override: str, told: str) -> None:
    with pytest.raises(UserError) as caught:
        compose(["problem=csv", "problem.path=t.csv", "problem.target=y", "model=mlp", override])
    assert str(caught.value) == told


def test_of_a_key_with_two_values_the_last_is_taken_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(lambda node, changed: int(node.optim.lr == 0.1), ["problem=iris", *["optim.lr=0.1"] * 2]) == 1
    assert capsys.readouterr().err == ""
    overrides = ["problem=iris", "optim.lr=0.1", "optim.lr=0.2"]
    assert main(lambda node, changed: int(node.optim.lr == 0.2), overrides) == 1
    told = "note: optim.lr=0.1 and optim.lr=0.2: optim.lr is given twice, the last one is taken\n"
    assert capsys.readouterr().err == told
    with pytest.raises(UserError) as caught:
        main(lambda node, changed: 0, ["-m", "problem=iris", "optim.lr=0.1", "+optim.lr=0.2"])
    assert str(caught.value) == "optim.lr=0.1 and +optim.lr=0.2: optim.lr is given twice; leave one of them out"
    assert compose(["problem=iris", "optim.lr=0.1", "optim.lr=0.2"]).flat()["optim.lr"] == 0.2


def test_the_usual_words_for_a_missing_value_are_those_of_the_file() -> None:
    assert (
        compose(["problem=csv", "problem.path=t.csv", "problem.target=y"]).plain["problem"]["missing"] == missing.USUAL
    )


def test_mappings_of_different_columns_are_put_together() -> None:
    """As they are typed one after the other when two columns are told of."""
    found: list[object] = []
    table = ["problem=csv", "problem.path=t.csv", "problem.target=y", "problem.kinds={a: text}"]
    main(lambda node, changed: found.append(dict(node.problem.kinds)) or 0, [*table, "problem.kinds={b-c: number}"])
    assert found == [{"a": "text", "b-c": "number"}]
    with pytest.raises(UserError, match="is given twice; leave one of them out"):
        main(lambda node, changed: 0, ["-m", *table, "problem.kinds={a: number}"])


def test_a_file_of_an_option_may_have_another_name_and_its_unknown_key_is_refused(own_conf: Path) -> None:
    text = (own_conf / "optim" / "sgd.yaml").read_text()
    (own_conf / "optim" / "fast.yaml").write_text(f"{text}\nweight_decy: 0.5\n")
    with pytest.raises(UserError, match=r"optim\.weight_decy: unknown key for SGD; did you mean weight_decay"):
        compose(["problem=toy", "optim=fast"])
    for same in (text, "defaults:\n  - sgd\n"):
        (own_conf / "optim" / "fast.yaml").write_text(same)
        assert compose(["problem=toy", "optim=fast"]).optim == compose(["problem=toy", "optim=sgd"]).optim


@pytest.mark.parametrize(("data", "where"), [(b": : :\n - [", " line 1"), (b"name: \xff\n", "")])
def test_a_file_that_is_not_yaml_is_named(own_conf: Path, data: bytes, where: str) -> None:
    path = own_conf / "model" / "broken.yaml"
    path.write_bytes(data)
    with pytest.raises(UserError) as caught:
        compose(["problem=toy", "model=broken"])
    assert str(caught.value) == f"{path}{where}: not YAML; mend or remove the file"


def test_flat_keys_are_hydra_keys() -> None:
    config = compose([])
    values = {key: value for key, value in config.flat().items() if not isinstance(value, list | str) and value}
    assert compose([f"{key}={value}" for key, value in values.items() if not isinstance(value, bool)]) == config


@pytest.mark.slow
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
    assert compose(["train.device=cpu", override]).signature != compose(["train.device=cpu"]).signature


@pytest.mark.slow
@pytest.mark.parametrize(
    "override",
    [
        "tracking=none",
        "tracking.dirty=refuse",
        "train.reuse=true",
        "train.checkpoint_seconds=60",
        "optim.lr=1e-2",
        "loss.pos_weight=1",
    ],
)
def test_signature_stays_with_what_decides_nothing(override: str) -> None:
    assert compose([override]).signature == compose([]).signature


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
    ("split=5", ["split=5", "no option of the group", "default"]),
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
    ("features.scale=minmax", ["features.scale", "standard, quantile, none"]),
    ("features.normalise=unit", ["features.normalise", "features=tabular", "features=pixels has it"]),
    ("features=tokens", ["model=logistic", "not tokens", "model=bilstm"]),
    ("model=cnn", ["model=cnn", "features=pixels", "not tabular"]),
    ("problem=spam model=mlp", ["model=mlp", "not tokens", "model=bilstm"]),
    ("problem=spam train.sampling=stratified", ["train.sampling=stratified", "train.sampling=weighted or shuffle"]),
    ("problem=pets problem.delimiter=tab", ["problem.delimiter", "unknown key", "problem.size"]),
    ("problem=iris3 loss.pos_weight=2", ["loss.pos_weight", "loss=cross_entropy", "loss=bce has it"]),
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
    ("optim.lr=0.1,0.2", ["optim.lr=0.1,0.2: several values are a sweep, which takes -m", """'optim.lr="0.1,0.2"'"""]),
    ("optim=sgd,adam", ["optim=sgd,adam: several values are a sweep, which takes -m"]),
    ("optim.lr=range(0,3)", ["optim.lr=range(0,3): several values are a sweep, which takes -m"]),
    ("problem.kinds.x=number", ["problem.kinds.x: ", "add it with +problem.kinds.x=number"]),
    ("problem.drop={a:b}", ["problem.drop={a:b}: the key takes no mapping"]),
    ("problem=titanic problem.kinds={x:number}", ["problem.kinds: a mapping", "+problem.kinds.NAME=VALUE"]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("overrides", "words"), WRONG, ids=[overrides for overrides, _ in WRONG])
def test_wrong_override_is_told_in_one_line(overrides: str, words: list[str]) -> None:
    text = refusal(overrides.split(" "))
    assert "\n" not in text
    assert len(text) <= 200
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["problem.path=/tmp/my (1).csv"], """'problem.path="/tmp/my (1).csv"'"""),
        (["problem.path=it's.csv"], """'problem.path="it'"'"'s.csv"'"""),
        (["problem.path=ä.csv", "train.epochs=3"], """'problem.path="ä.csv"'"""),
        (["problem.path=my", "file.csv"], "'problem.path=my file.csv'"),
        (["problem.kinds={Id:", "number}"], "'problem.kinds={Id: number}'"),
        (["problem.drop=[id,", "name]"], "'problem.drop=[id, name]'"),
        (["problem.missing=[,NA]"], """'problem.missing=["",NA]'"""),
        (["problem.path=~/x.csv"], f"problem.path={Path.home()}/x.csv"),
        (["problem.path=~/a b (1).csv"], f"""'problem.path="{Path.home()}/a b (1).csv"'"""),
    ],
)
def test_an_override_that_hydra_cannot_read_is_shown_as_to_be_typed(arguments: list[str], line: str) -> None:
    text = refusal(["problem=csv", *arguments])
    assert text.endswith(f"type {line}") or text.endswith(f"as in {line}")
    assert any(text.startswith(f"{given}: ") for given in arguments)
    (typed,) = shlex.split(line)
    assert compose(["problem=csv", "problem.path=x", "problem.target=y", typed]).problem.source == "csv"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--epochs=3"], "--epochs=3: no such option; write train.epochs=3"),
        (["--lr", "0.1"], "--lr: no such option; write optim.lr=VALUE"),
        (["--batch-size=8"], "--batch-size=8: no such option; write train.batch_size=8"),
        (["--problem=iris"], "--problem=iris: no such option; write problem=iris"),
        (["--problem.path=x"], "--problem.path=x: no such option; write problem.path=x"),
        (["--verbose"], "--verbose: no such option; write key=VALUE, as --help lists them"),
        (["--experimental-rerun", "x"], "--experimental-rerun: no such option; write key=VALUE, as --help lists them"),
        (["--cfg", "all of it"], "--cfg: prints a configuration; write --cfg job or hydra or all"),
    ],
)
def test_an_option_that_is_none_is_told_as_a_key(arguments: list[str], told: str) -> None:
    with pytest.raises(UserError) as caught:
        main(lambda _: 0, arguments)
    assert str(caught.value) == told


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


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["problem=breast_cancer"], []),
        (
            ["problem=breast_cancer", "loss.pos_weight=auto", "train.patience=3"],
            [
                "train.patience may stop early: val/loss is unweighted, and the weights of the loss worsen it; "
                "train.monitor=val/average_precision suits them"
            ],
        ),
        (["problem=breast_cancer", "loss.pos_weight=auto", "train.patience=3", "train.monitor=val/f1"], []),
        (
            ["problem=breast_cancer", "optim=newton", "train.schedule=cosine", "train.sampling=weighted"],
            ["optim=newton takes all rows in each step: train.schedule=cosine, train.sampling=weighted without effect"],
        ),
    ],
    ids=["nothing", "weights", "another monitor", "newton"],
)
def test_choices_that_a_person_should_know_of_are_told(overrides: list[str], told: list[str]) -> None:
    assert compose(overrides).notes() == told
