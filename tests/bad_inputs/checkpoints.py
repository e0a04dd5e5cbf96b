"""What the stages hand on, damaged or of another problem: tables, splits, models."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from bad_inputs.case import Case, Given, Project, cut, flipped, removed, repackaged, replaced, resealed, wrote

from logodds.system import checksum

CONFIG = "out/toy/config.yaml"
EVALUATE, TRAIN, SPLIT = f"evaluate {CONFIG}", f"train {CONFIG}", f"split {CONFIG}"
TABLE, PARTS, MODEL = "out/toy/table.arrow", "out/toy/split.safetensors", "out/toy/model"


def weights(**arrays: Any) -> tuple[Given, ...]:
    """A package with such weights."""
    return weight_bytes(safetensors.numpy.save(arrays))


def weight_bytes(data: bytes) -> tuple[Given, ...]:
    def change(folder: Path) -> None:
        (folder / "weights.safetensors").write_bytes(data)

    return (repackaged(MODEL, change),)


def about(**values: Any) -> tuple[Given, ...]:
    """A package whose model.json says something else."""

    def given(project: Project) -> None:
        path = project.root / MODEL / "model.json"
        path.write_bytes(resealed(json.dumps(json.loads(path.read_text()) | values).encode()))

    return (given,)


def features(edit: Callable[[dict[str, Any]], Any]) -> tuple[Given, ...]:
    """A package whose features.json was edited."""

    def change(folder: Path) -> None:
        path = folder / "features.json"
        plain = json.loads(path.read_text())
        path.write_text(json.dumps(edit(plain) or plain))

    return (repackaged(MODEL, change),)


def parts(**rows: Any) -> tuple[Given, ...]:
    """A split of such rows."""
    arrays = {name: np.array(each) for name, each in rows.items()}
    state = json.dumps({"resubstitution": False, "seal": checksum.placeholder()})
    return (wrote(PARTS, checksum.filled(safetensors.numpy.save(arrays, {"state": state}))),)


def header(size: int, text: str = "{}") -> bytes:
    return size.to_bytes(8, "little") + text.encode()


def unrecorded(project: Project) -> None:
    """A store that does not know the model."""
    project.execute("DELETE FROM tags WHERE key = 'weights.sha256'")


CASES = [
    Case("no table", SPLIT, "out/toy/table.arrow: no such table; write it with `dvc repro prepare`", (removed(TABLE),)),
    Case(
        "truncated table",
        SPLIT,
        "out/toy/table.arrow: damaged: its content does not match its digest; write it again with `dvc repro prepare`",
        (cut(TABLE, -100),),
    ),
    Case(
        "table of 10 bytes",
        SPLIT,
        "out/toy/table.arrow: not a prepared table; write it again with `dvc repro prepare`",
        (cut(TABLE, 10),),
    ),
    Case(
        "empty table",
        SPLIT,
        "out/toy/table.arrow: not a prepared table; write it again with `dvc repro prepare`",
        (wrote(TABLE, b""),),
    ),
    Case(
        "table of text",
        TRAIN,
        "out/toy/table.arrow: not a prepared table; write it again with `dvc repro prepare`",
        (wrote(TABLE, "x,y\n1,2\n"),),
    ),
    Case(
        "no split",
        TRAIN,
        "out/toy/split.safetensors: no such split; write it with `dvc repro split`",
        (removed(PARTS),),
    ),
    Case(
        "truncated split",
        TRAIN,
        "out/toy/split.safetensors: damaged: its content does not match its digest; write it again with `dvc repro split`",
        (cut(PARTS, -4),),
    ),
    Case(
        "split of 4 bytes",
        TRAIN,
        "out/toy/split.safetensors: not a split; write it again with `dvc repro split`",
        (cut(PARTS, 4),),
    ),
    Case(
        "split with a huge header",
        TRAIN,
        "out/toy/split.safetensors: not a split; write it again with `dvc repro split`",
        (wrote(PARTS, header(2**62)),),
    ),
    Case(
        "split of another table",
        TRAIN,
        "out/toy/split.safetensors: belongs to another table, it does not hold each of 6 rows once; "
        "write it again with `dvc repro split`",
        parts(train=[0, 1, 2, 99], val=[3], test=[4]),
    ),
    Case(
        "split of another table for evaluate",
        EVALUATE,
        "out/toy/split.safetensors: belongs to another table, it does not hold each of 6 rows once; "
        "write it again with `dvc repro split`",
        parts(train=[0, 1, 2, 3], val=[4], test=[99]),
    ),
    Case(
        "split with negative rows",
        TRAIN,
        "out/toy/split.safetensors: belongs to another table, it does not hold each of 6 rows once; "
        "write it again with `dvc repro split`",
        parts(train=[0, 1, -2, 3], val=[4], test=[5]),
    ),
    Case(
        "split that shares rows",
        TRAIN,
        "out/toy/split.safetensors: belongs to another table, it does not hold each of 6 rows once; "
        "write it again with `dvc repro split`",
        parts(train=[0, 1, 2, 3], val=[3], test=[3]),
    ),
    Case(
        "split of fractions",
        TRAIN,
        "out/toy/split.safetensors: not a split, its parts are not row numbers; write it again with `dvc repro split`",
        parts(train=[0.0, 1.5, 2.0], val=[3.0], test=[4.0]),
    ),
    Case(
        "split of two dimensions",
        TRAIN,
        "out/toy/split.safetensors: not a split, its parts are not row numbers; write it again with `dvc repro split`",
        parts(train=[[0, 1], [2, 3]], val=[[4]], test=[[5]]),
    ),
    Case(
        "split without a part",
        TRAIN,
        "out/toy/split.safetensors: not a split; write it again with `dvc repro split`",
        parts(train=[0, 1, 2, 3], val=[4]),
    ),
    Case(
        "no model",
        EVALUATE,
        "out/toy/model/model.json: no such model; train one first",
        (removed(f"{MODEL}/model.json"),),
    ),
    Case(
        "no weights",
        EVALUATE,
        "out/toy/model/weights.safetensors: no such file; train again",
        (removed(f"{MODEL}/weights.safetensors"),),
    ),
    Case(
        "weights with a flipped bit",
        EVALUATE,
        "out/toy/model/weights.safetensors: damaged, its digest is not that of model.json; train again",
        (flipped(f"{MODEL}/weights.safetensors"),),
    ),
    Case(
        "truncated weights",
        EVALUATE,
        "out/toy/model/weights.safetensors: damaged, its digest is not that of model.json; train again",
        (cut(f"{MODEL}/weights.safetensors", -4),),
    ),
    Case(
        "features with a flipped bit",
        EVALUATE,
        "out/toy/model/features.json: damaged, its digest is not that of model.json; train again",
        (flipped(f"{MODEL}/features.json", 10),),
    ),
    Case(
        "model that is no JSON",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        (cut(f"{MODEL}/model.json", -10),),
    ),
    Case(
        "model of bytes",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        (wrote(f"{MODEL}/model.json", bytes(range(256))),),
    ),
    Case(
        "model of a list",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        (wrote(f"{MODEL}/model.json", "[1, 2]"),),
    ),
    Case(
        "model of deep lists",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        (wrote(f"{MODEL}/model.json", "[" * 100000),),
    ),
    Case(
        "model of another version",
        EVALUATE,
        "out/toy/model/model.json: format 99, this version reads 4; train again",
        about(format=99),
    ),
    Case(
        "unknown model",
        EVALUATE,
        "out/toy/model: model.name=transformer: unknown; known: bilstm, cnn, logistic, mlp, resnet, tabm",
        about(model={"name": "transformer"}),
    ),
    Case(
        "another model",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 17 numbers, 3 are there; train again",
        about(model={"name": "mlp", "hidden": [4], "activation": "relu", "dropout": 0.0, "groups": None}),
    ),
    Case(
        "huge model",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 8590327809 numbers, 3 are there; train again",
        about(
            model={"name": "mlp", "hidden": [65536, 65536, 65536], "activation": "relu", "dropout": 0.0, "groups": None}
        ),
    ),
    Case(
        "model of texts",
        EVALUATE,
        "out/toy/model: model=bilstm: reads features=tokens; choose other features",
        about(model={"name": "bilstm", "embedding": 4, "units": 4, "pooling": "last", "dropout": 0.0}),
    ),
    Case(
        "model with an object",
        EVALUATE,
        "out/toy/model: model._target_: unknown key for Logistic; known: name",
        about(model={"name": "logistic", "_target_": "os.system"}),
    ),
    Case("model that is a number", EVALUATE, "out/toy/model: model: must be a section of keys, not 5", about(model=5)),
    Case(
        "outputs of words",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        about(outputs="many"),
    ),
    Case(
        "outputs by the billion",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        about(outputs=10**12),
    ),
    Case("no outputs", EVALUATE, "out/toy/model/model.json: not a model description; train again", about(outputs=0)),
    Case(
        "other classes",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        about(classes=["a", "b", "c"]),
    ),
    Case("one class", EVALUATE, "out/toy/model/model.json: not a model description; train again", about(classes=["a"])),
    Case(
        "classes of numbers",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        about(classes=5),
    ),
    Case(
        "threshold that is none",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        about(threshold="high"),
    ),
    Case(
        "threshold of infinity",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        about(threshold=float("inf")),
    ),
    Case(
        "digests of a list",
        EVALUATE,
        "out/toy/model/model.json: not a model description; train again",
        about(sha256=[]),
    ),
    Case(
        "weights of other shapes",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 3 numbers, 8 are there; train again",
        weights(**{"layers.0.weight": np.zeros((1, 7), np.float32), "layers.0.bias": np.zeros(1, np.float32)}),
    ),
    Case(
        "weights of other names",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 3 numbers, 2 are there; train again",
        weights(w=np.zeros((1, 2), np.float32)),
    ),
    Case(
        "weights of integers",
        EVALUATE,
        "out/toy/model: weights.safetensors: layers.0.bias holds no finite float32 numbers; train again",
        weights(**{"layers.0.weight": np.zeros((1, 2), np.int64), "layers.0.bias": np.zeros(1, np.int64)}),
    ),
    Case(
        "weights that are not numbers",
        EVALUATE,
        "out/toy/model: weights.safetensors: layers.0.weight holds no finite float32 numbers; train again",
        weights(**{"layers.0.weight": np.full((1, 2), np.nan, np.float32), "layers.0.bias": np.zeros(1, np.float32)}),
    ),
    Case(
        "weights with a huge header",
        EVALUATE,
        "out/toy/model: not a model that can be used (***); train again",
        weight_bytes(header(2**62)),
    ),
    Case(
        "weights with a header of 100 MB",
        EVALUATE,
        "out/toy/model: not a model that can be used (***); train again",
        weight_bytes(header(10**8 + 1, "{}")),
    ),
    Case(
        "weights beyond their file",
        EVALUATE,
        "out/toy/model: not a model that can be used (***); train again",
        weight_bytes(
            header(85, '{"layers.0.weight":{"dtype":"F32","shape":[1000000000,9],"data_offsets":[0,36000000]}}')
        ),
    ),
    Case(
        "weights of an unknown type",
        EVALUATE,
        "out/toy/model: not a model that can be used (***); train again",
        weight_bytes(
            header(73, '{"layers.0.weight":{"dtype":"OBJ","shape":[1,2],"data_offsets":[0,8]}}   ') + bytes(8)
        ),
    ),
    Case(
        "features of an unknown kind",
        EVALUATE,
        "out/toy/model: features.json: not a fitted state (***); train again",
        features(lambda plain: plain | {"kind": "pickle"}),
    ),
    Case(
        "features without columns",
        EVALUATE,
        "out/toy/model: features.json: not a fitted state (***); train again",
        features(lambda plain: {"kind": "tabular"}),
    ),
    Case(
        "features of no columns",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 1 numbers, 3 are there; train again",
        features(lambda plain: plain | {"columns": []}),
    ),
    Case(
        "features of a list",
        EVALUATE,
        "out/toy/model: features.json: not a fitted state (***); train again",
        features(lambda plain: [1, 2]),
    ),
    Case(
        "features of an unknown column",
        EVALUATE,
        "column 'x9' is not in the rows, or twice; the model was trained with it",
        features(lambda plain: plain["columns"][0].update(name="x9")),
    ),
    Case(
        "features with words for numbers",
        EVALUATE,
        "out/toy/model: not a model that can be used (***); train again",
        features(lambda plain: plain["columns"][0]["scaling"].update(mean="a")),
    ),
    Case(
        "features with no scale",
        EVALUATE,
        "features.json: gives inputs that are not finite numbers; train again",
        features(lambda plain: plain["columns"][0]["scaling"].update(scale=0.0)),
    ),
    Case(
        "features with an absurd scale",
        EVALUATE,
        "features.json: gives inputs that are not finite numbers; train again",
        features(lambda plain: plain["columns"][0]["scaling"].update(scale=1e-300)),
    ),
    Case(
        "features with an unknown scaling",
        EVALUATE,
        "out/toy/model: features.json: not a fitted state (***); train again",
        features(lambda plain: plain["columns"][0].update(scaling={"kind": "exec"})),
    ),
    Case(
        "features with another key",
        EVALUATE,
        "out/toy/model: features.json: not a fitted state (***); train again",
        features(lambda plain: plain["columns"][0]["scaling"].update(evil=1)),
    ),
    Case(
        "features with a million bins",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 100001 numbers, 3 are there; train again",
        features(
            lambda plain: plain["columns"][0].update(scaling={"kind": "piecewise", "edges": list(range(100_000))})
        ),
    ),
    Case(
        "features with one edge",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 2 numbers, 3 are there; train again",
        features(lambda plain: plain["columns"][0].update(scaling={"kind": "piecewise", "edges": [1.0]})),
    ),
    Case(
        "features of texts",
        EVALUATE,
        "out/toy/model: model=logistic: reads features=ngrams or pixels or tabular; choose other features",
        features(
            lambda plain: {
                "kind": "tokens",
                "column": "x1",
                "words": ["a"],
                "length": 10**12,
                "lowercase": True,
                "punctuation": False,
            }
        ),
    ),
    Case(
        "features of pictures",
        EVALUATE,
        "out/toy/model: weights do not fit the model: it has 3000000000001 numbers, 3 are there; train again",
        features(
            lambda plain: {
                "kind": "pixels",
                "column": "x1",
                "shape": [3, 10**6, 10**6],
                "mean": [0.0] * 3,
                "scale": [1.0] * 3,
            }
        ),
    ),
    Case(
        "features of category",
        EVALUATE,
        "out/toy/model: not a model that can be used (***); train again",
        features(
            lambda plain: plain["columns"].__setitem__(
                0, {"kind": "category", "name": "x1", "vocabulary": [1, 2], "rare": False, "gaps": False}
            )
        ),
    ),
    Case(
        "no checkpoint, no record",
        EVALUATE,
        "out/toy/checkpoints/best.ckpt: no such checkpoint; train again",
        (removed("out/toy/checkpoints/best.ckpt"), unrecorded),
    ),
    Case(
        "checkpoint with a flipped bit, no record",
        EVALUATE,
        "out/toy/checkpoints/best.ckpt: damaged, its digest does not match; use another checkpoint or train again",
        (flipped("out/toy/checkpoints/best.ckpt"), unrecorded),
    ),
    Case(
        "truncated checkpoint, no record",
        EVALUATE,
        "out/toy/checkpoints/best.ckpt: damaged, its digest does not match; use another checkpoint or train again",
        (cut("out/toy/checkpoints/best.ckpt", 90), unrecorded),
    ),
    Case(
        "history that is none, no record",
        EVALUATE,
        "out/toy/history.csv: not the history of this training; train again",
        (wrote("out/toy/history.csv", "epoch\n"), unrecorded),
    ),
    Case(
        "configuration of another problem",
        EVALUATE,
        "out/toy/config.yaml: evaluate.threshold=2.0: must be finite and >= 0 and <= 1",
        (replaced(CONFIG, "threshold: 0.5", "threshold: 2"),),
    ),
]
