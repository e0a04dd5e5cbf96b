"""Whole files, one or two, as tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from table_files import options, read, refusal, written

from logodds.data.problem import SOURCES
from logodds.data.sources.csv import TableFile
from logodds.data.sources.downloads import shipped
from logodds.data.table import Table
from logodds.system.errors import UserError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    shipped.write(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "target", "classes"),
    [
        ("toy", "label", None),
        ("iris", "species", ["setosa", "versicolor"]),
        ("iris", "species", ["virginica", "setosa"]),
        ("breast_cancer", "diagnosis", ["benign", "malignant"]),
        ("breast_cancer", "diagnosis", None),
        ("digits", "digit", ["3", "8"]),
        ("digits", "digit", ["9", "0"]),
        ("digits", "digit", None),
        ("iris", "species", None),
    ],
)
def test_shipped_table_equals_pandas(data: Path, name: str, target: str, classes: list[str] | None) -> None:
    path = data / f"{name}.csv"
    frame = pd.read_csv(path, dtype=str)  # astype(float) then rounds correctly, whatever the parser of pandas
    expected = sorted(frame[target].unique()) if classes is None else classes
    frame = frame[frame[target].isin(expected)]
    table = read(path, target=target, classes=classes)
    inputs = frame.drop(columns=target)
    inputs = inputs.loc[:, inputs.nunique() > 1]  # constant pixels are left out
    assert table.classes == tuple(expected)
    assert table.target_name == target
    assert table.target.dtype == np.int64
    assert table.columns.column_names == list(inputs.columns)
    assert all(field.type == pa.float64() for field in table.columns.schema)
    np.testing.assert_array_equal(
        np.column_stack([table.columns.column(column).to_numpy() for column in inputs]), inputs.to_numpy(float)
    )
    np.testing.assert_array_equal(table.target, frame[target].map(expected.index).to_numpy(int))


def test_dropped_columns_are_not_read(data: Path) -> None:
    table = read(data / "toy.csv", target="label", drop=["x1"])
    assert table.columns.column_names == ["x2"]


def test_missing_file_names_nearest(data: Path) -> None:
    text = refusal(data / "irs.csv")
    assert text.startswith("problem.path=FILE: no such file; did you mean iris.csv")


@pytest.mark.parametrize(("name", "told"), [("", "a folder, not a file"), ("absent/table.csv", "no such file")])
def test_folder_or_file_in_no_folder_is_refused(data: Path, name: str, told: str) -> None:
    assert refusal(data / name).startswith(f"problem.path=FILE: {told}")


def test_missing_target_column_names_nearest(data: Path) -> None:
    text = refusal(data / "iris.csv", target="specis")
    assert text.startswith("problem.target=specis: no such column in ")
    assert text.endswith("did you mean species?")


def test_missing_dropped_column_names_nearest(data: Path) -> None:
    text = refusal(data / "iris.csv", target="species", drop=["sepal_lenght"])
    assert text.startswith("problem.drop=sepal_lenght: no such column in ")
    assert "did you mean sepal_length" in text


@pytest.mark.parametrize(("drop", "words"), [(["y"], "target 'y'"), (["x"], "no column is left")])
def test_dropping_too_much_is_refused(tmp_path: Path, drop: list[str], words: str) -> None:
    assert words in refusal(written(tmp_path, "x,y\n1,0\n2,1\n"), drop=drop)


TRAIN = "x,c,y\n1,a,no\n2,b,yes\n3,a,no\n"


def test_test_part_comes_last(tmp_path: Path) -> None:
    train = written(tmp_path, TRAIN)
    test = written(tmp_path, "y;c;x\nyes;b;4,5\nno;;5\n", "test.csv")
    table = read(train, test_path=str(test))
    assert table.columns.to_pydict() == {"x": [1.0, 2.0, 3.0, 4.5, 5.0], "c": ["a", "b", "a", "b", None]}
    assert (table.test_rows, table.target.tolist()) == (2, [0, 1, 0, 1, 0])
    assert table.notes == (
        "table.csv: delimiter comma",
        "test.csv: delimiter semicolon",
        "target y: no 3, yes 2 (positive: yes)",
        "decimal comma",
        "columns: number x; category c",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x,y\n1,no\n", "column 'c' of table.csv is missing; both parts need the same columns"),
        (
            "x,c,y\nabc,a,no\n",
            "column 'x' row 1 is 'abc' among numbers (1 such row); write a number",
        ),
        ("x,c,y\n1,a,no\n1,a,\n", "target 'y' is missing in 1 row (row 2); fill or remove them"),
        ("x,c,y\n1,a,no\n2,a\n", "row 2 (line 3) has 2 fields, the header 3; mend the row"),
    ],
)
def test_errors_of_the_test_part_name_its_file_and_row(tmp_path: Path, text: str, told: str) -> None:
    test = written(tmp_path, text, "test.csv")
    assert refusal(written(tmp_path, TRAIN), test_path=str(test)).startswith(f"{test}: {told}")


@pytest.mark.parametrize(
    ("train", "test", "told"),
    [
        (["5", "6", "3"], ["n.d.", "n.d."], ("test", "row 1 is 'n.d.'", "table")),
        (["5", "6", "NA"], ["NA", "a"], ("test", "row 2 is 'a'", "table")),
        (["0", "1", "0"], ["true", "false"], ("test", "row 1 is 'true'", "table")),
        (["true", "false", "true"], ["1", "0"], ("table", "row 1 is 'true'", "test")),
        (["a", "b", "a"], ["1", "2"], ("table", "row 1 is 'a'", "test")),
    ],
)
def test_a_column_of_numbers_in_one_file_and_words_in_the_other_is_refused(
    tmp_path: Path, train: list[str], test: list[str], told: tuple[str, str, str]
) -> None:
    texts = {
        name: "c,x,y\n" + "".join(f"{word},{row}.5,{'ab'[row % 2]}\n" for row, word in enumerate(words))
        for name, words in (("test", test * (18 if told[0] == "test" else 9)), ("table", train * 9))
    }
    paths = {name: written(tmp_path, text, f"{name}.csv") for name, text in texts.items()}
    odd, shown, other = told
    text = refusal(paths["table"], test_path=str(paths["test"])).replace("FILE", str(paths["table"]))
    advice = "write both alike, or set 'problem.kinds={c: category}'"
    assert text == f"{paths[odd]}: column 'c' {shown}, but {other}.csv has numbers alone; {advice}"
    table = read(paths["table"], test_path=str(paths["test"]), kinds={"c": "category"})
    assert table.columns.schema.field("c").type == "string"


def test_words_beside_numbers_in_the_train_file_are_categories_in_the_test_file_too(tmp_path: Path) -> None:
    test = written(tmp_path, "c,y\n1,0\n2,1\n", "test.csv")
    table = read(written(tmp_path, "c,y\na,0\n1,1\nb,0\nc,1\n"), test_path=str(test))
    assert table.columns.column("c").to_pylist() == ["a", "1", "b", "c", "1", "2"]


def test_a_column_that_only_the_test_part_has_is_refused(tmp_path: Path) -> None:
    test = written(tmp_path, "x,c,y,z\n1,a,no,1\n", "test.csv")
    assert refusal(written(tmp_path, TRAIN), test_path=str(test)) == (
        "FILE: column 'z' of test.csv is missing; both parts need the same columns"
    )


def test_a_test_part_without_the_target_is_refused(tmp_path: Path) -> None:
    test = written(tmp_path, "x,c\n1,a\n", "test.csv")
    text = refusal(written(tmp_path, TRAIN), test_path=str(test))
    assert text.startswith(f"problem.target=y: no such column in {test}; ")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"largest_rows": 2}, "FILE: 3 rows, more than problem.largest_rows=2; raise it if memory allows"),
        ({"largest_bytes": 9}, "FILE: 28 bytes, more than problem.largest_bytes=9; raise it if memory allows"),
    ],
)
def test_caps(tmp_path: Path, given: dict[str, int], told: str) -> None:
    assert refusal(written(tmp_path, TRAIN), **given) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"encoding": "utf-9"}, "problem.encoding=utf-9: no such encoding; use auto, utf-8, utf-16, latin-1 or cp1252"),
        ({"encoding": "rot13"}, "problem.encoding=rot13: no such encoding; use auto, utf-8, utf-16, latin-1 or cp1252"),
    ],
)
def test_keys_against_their_rules(tmp_path: Path, given: dict[str, str], told: str) -> None:
    assert refusal(written(tmp_path, TRAIN), **given) == told


SHARED = ROOT.parent / "shared" / "data"
real = pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not on this machine")


def problem(name: str, **paths: str) -> Table:
    with hydra.initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        node = hydra.compose(
            "config", [f"problem={name}", *(f"problem.{key}={SHARED / path}" for key, path in paths.items())]
        )
    return SOURCES.read(node.problem).read()


@real
def test_titanic() -> None:
    table = problem("titanic", path="titanic/train.csv")
    frame = pd.read_csv(SHARED / "titanic" / "train.csv")
    assert table.columns.column_names == ["Pclass", "Sex", "Age", "SibSp", "Parch", "Fare", "Embarked"]
    assert table.columns.column("Age").null_count == 177
    assert table.columns.column("Embarked").null_count == 2
    np.testing.assert_array_equal(table.target, frame["Survived"])
    np.testing.assert_array_equal(table.columns.column("Age").to_numpy(), frame["Age"])


@real
def test_adult() -> None:
    table = problem("adult", path="adult/adult.data", test_path="adult/adult.test")
    names = [*table.columns.column_names, "income"]
    frames = [
        pd.read_csv(SHARED / "adult" / name, names=names, skipinitialspace=True, na_values="?", skiprows=skip)
        for name, skip in (("adult.data", 0), ("adult.test", 1))
    ]
    frame = pd.concat(frames, ignore_index=True)
    assert (len(table), table.test_rows, table.classes) == (48842, 16281, ("<=50K", ">50K"))
    np.testing.assert_array_equal(table.target, frame["income"].str.startswith(">50K"))
    for name in table.columns.column_names:
        assert (
            table.columns.column(name).to_pylist()
            == frame[name].astype(object).where(frame[name].notna(), None).tolist()
        )


@real
def test_spam() -> None:
    table = problem("spam", path="sms_spam/SMSSpamCollection.tsv")
    pairs = [
        line.split("\t", 1)
        for line in (SHARED / "sms_spam/SMSSpamCollection.tsv").read_text("utf-8").split("\n")
        if line
    ]
    assert len(table) == 5574
    assert table.columns.schema.types == [pa.large_string()]
    assert table.columns.column("message").to_pylist() == [text.strip() for _, text in pairs]
    assert table.target.tolist() == [int(label == "spam") for label, _ in pairs]


@real
def test_iris_of_kaggle() -> None:
    path = SHARED / "iris" / "Iris.csv"
    table = read(path, target="Species")
    assert len(table.classes) == 3
    assert "Id" not in table.columns.column_names
    assert (
        "column 'Id' has 150 different whole numbers in 150 rows, an identifier: left out; "
        "keep it with 'problem.kinds={Id: number}'"
    ) in table.notes


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("titanic.csv", "titanic"),
        ("data/my table (1).csv.gz", "my-table-1"),
        ("/x/v1.2.parquet", "v1.2"),
        ("Überblick.csv", "Uberblick"),
        ("数据.csv", "csv"),
        ("x" * 80, "x" * 64),
    ],
)
def test_the_file_names_the_problem(path: str, name: str) -> None:
    assert options(Path(path), name="auto").name == name
    assert options(Path(path), name="own").name == "own"


@pytest.mark.parametrize(
    ("name", "classes"), [("iris3", 3), ("digits", 10), ("iris", 2), ("breast_cancer", 2), ("toy", 2)]
)
def test_shipped_problems(data: Path, name: str, classes: int) -> None:
    file = name.removesuffix("3")
    with hydra.initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        node = hydra.compose("config", [f"problem={name}", f"problem.path={data / file}.csv"])
    assert len(SOURCES.read(node.problem).read().classes) == classes


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("problem.kinds=5", "problem.kinds=5: must be a mapping of texts, for example 'problem.kinds={a: b}' or null"),
        (
            "problem.kinds=[a]",
            "problem.kinds=['a']: must be a mapping of texts, for example 'problem.kinds={a: b}' or null",
        ),
        (
            "problem.kinds={zip: null}",
            "problem.kinds={'zip': None}: must be a mapping of texts, for example 'problem.kinds={a: b}' or null",
        ),
        (
            "problem.kinds={zip: zone}",
            "problem.kinds.zip=zone: unknown kind; known: category, date, drop, number, text",
        ),
        (
            "+problem.kinds.zip=[a]",
            "problem.kinds={'zip': ['a']}: must be a mapping of texts, for example 'problem.kinds={a: b}' or null",
        ),
        ("problem.largest_rows=0", "problem.largest_rows=0: must be finite and >= 1"),
    ],
)
def test_options_from_the_command_line(override: str, told: str) -> None:
    with hydra.initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        node = hydra.compose("config", ["problem=csv", "problem.path=x", "problem.target=y", override])
    with pytest.raises(UserError) as caught:
        SOURCES.read(node.problem)
    assert str(caught.value) == told


@pytest.mark.parametrize("override", ["problem.kinds={zip:category}", "+problem.kinds.zip=category"])
def test_kinds_from_the_command_line(override: str) -> None:
    with hydra.initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        node = hydra.compose("config", ["problem=csv", "problem.path=x", "problem.target=y", override])
    found = SOURCES.read(node.problem)
    assert isinstance(found, TableFile)
    assert found.kinds == {"zip": "category"}


def test_a_header_with_other_quotes_is_told(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, "'a','y'\n'1','0'\n'2','1'\n")) == (
        "problem.target=y: no such column in FILE; its name there is 'y', with the quotes: "
        'write the file with none, or with " alone'
    )


def test_a_long_column_name_is_shortened_in_notes(tmp_path: Path) -> None:
    table = read(written(tmp_path, f"{'a' * 300},y\n1,0\n2,1\n"))
    assert table.notes[-1] == f"columns: number {'a' * 26}…{'a' * 13}"


@pytest.mark.parametrize(
    "given", [{"drop": ["a", "a"]}, {"drop": ["a"], "kinds": {"a": "drop"}}], ids=["twice", "kind"]
)
def test_a_column_that_is_dropped_twice_takes_no_other_with_it(tmp_path: Path, given: dict[str, Any]) -> None:
    path = written(tmp_path, "a,b,c,y\n1,2,5,0\n3,4,7,1\n5,1,8,0\n")
    assert read(path, **given).columns.column_names == ["b", "c"]


@pytest.mark.parametrize(
    ("form", "kind"),
    [("{},5", pa.float64()), ("1.0{},5", pa.float64()), ("2024-03-{}", pa.timestamp("us")), ("true", None)],
)
def test_a_column_whose_first_rows_are_missing_is_read_by_the_others(
    tmp_path: Path, form: str, kind: pa.DataType | None
) -> None:
    words = ["" if row < 150 else form.format(10 + row % 20) for row in range(300)]
    words[-1] = "false" if kind is None else words[-1]
    table = read(
        written(tmp_path, "x;z;y\n" + "".join(f"{word};w{len(word)};{row % 2}\n" for row, word in enumerate(words)))
    )
    column = table.columns.column("x")
    assert column.type == (kind or pa.float64())
    assert column.null_count == 150
    if kind == pa.timestamp("us"):
        expected = pd.to_datetime(words[150:]).tolist()
    else:
        plain = (word.replace(".", "").replace(",", ".") for word in words[150:])
        expected = [float({"true": 1, "false": 0}.get(word, word)) for word in plain]
    assert column.slice(150).to_pylist() == expected
