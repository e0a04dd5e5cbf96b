"""What is told of rows and options before a run trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from table_files import written

from logodds.data.sources.downloads import shipped
from logodds.runs import inputs
from logodds.runs.compose import compose
from logodds.runs.notes import notes, unseen

COPIES = "equal a train row in every input, which flatters the figures; leave the copies out of the file"
GROUPED = ", or number equal rows in a column for split.method=grouped split.column=NAME"


def told(path: Path, *overrides: str) -> list[str]:
    """The notes of a run that are not about how its file was read."""
    config = compose(["problem=csv", f"problem.path={path}", "problem.target=y", *overrides])
    found = inputs.fitted(*inputs.of_files(config.problem, config.split), config.features, config.split.column)
    return notes(config, found)[len(found.notes) :]


def rows(count: int, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, 2)).round(6)
    target = np.where(x[:, 0] + random.normal(size=count) > 0, "yes", "no")
    return [f"{a},{b},{label}" for (a, b), label in zip(x, target, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("distinct", "repeated", "expected"),
    [
        (
            100,
            100,
            [
                "27 of 40 validation rows (27 with its class) and 23 of 40 test rows (23 with its class) "
                f"{COPIES}{GROUPED}"
            ],
        ),
        (200, 0, []),
        (2000, 4, []),  # fewer than five
        (5000, 36, []),  # 8 and 6 of 1008 rows: fewer than one in a hundred
    ],
)
def test_copies_of_train_rows_are_told(tmp_path: Path, distinct: int, repeated: int, expected: list[str]) -> None:
    lines = rows(distinct)
    path = written(tmp_path, "\n".join(["a,b,y", *lines, *lines[:repeated], ""]))
    assert told(path) == expected
    assert told(path, "split.method=none") == []


def test_copies_in_a_test_part_of_its_own_are_told(tmp_path: Path) -> None:
    lines = rows(200)
    path = written(tmp_path, "\n".join(["a,b,y", *lines, ""]))
    test = written(tmp_path, "\n".join(["a,b,y", *lines[:10], *rows(40, seed=1), ""]), "test.csv")
    (note,) = told(path, f"problem.test_path={test}", "split.method=given")
    assert note.endswith(f" of 50 test rows ({note.split()[0]} with its class) {COPIES}")


def test_a_column_that_holds_the_target_is_named_with_what_leaves_it_out(tmp_path: Path) -> None:
    lines = [f"{line},{'7' if line.endswith('yes') else '4'},{row % 3}" for row, line in enumerate(rows(100))]
    path = written(tmp_path, "\n".join(["a,b,y,my code,c", *lines, ""]))
    (note,) = told(path, "problem.drop=[c]")
    remedy = "unless it is known of new rows, leave it out with 'problem.drop=[c,my code]'"
    start = "column 'my code' holds the target under another name: each class has one value of it in the train rows"
    assert note == f"{start}; {remedy}"
    assert told(path, "problem.drop=[c,my code]") == []


def test_a_value_of_one_class_is_told_to_the_exact_solver(tmp_path: Path) -> None:
    positive_first = sorted(rows(300), key=lambda line: not line.endswith("yes"))
    lacking = [line.replace(line.split(",")[1], "", 1) for line in positive_first[:11]]
    lines = [*lacking, *positive_first[11:]]
    path = written(tmp_path, "\n".join(["a,b,y", *lines, ""]))
    (note,) = told(path, "optim=newton", "split.method=none")
    cause = "a value, or a missing one, of 'b' (11 rows) is in train rows of one class only"
    assert note == f"optim=newton: {cause}; optim.weight_decay=1e-06 alone bounds its weight"
    assert told(path, "split.method=none") == []


def test_a_threshold_has_no_effect_on_three_classes(tmp_path: Path) -> None:
    lines = [f"{row % 7 + row / 8},{'abc'[row % 3]}" for row in range(60)]
    path = written(tmp_path, "\n".join(["x,y", *lines, ""]))
    cause = "the largest of 3 logits predicts the class: evaluate.threshold=0.3 without effect"
    assert told(path, "loss=cross_entropy", "evaluate.threshold=0.3") == [cause]
    assert told(path, "loss=cross_entropy") == []
    path = written(tmp_path, "\n".join(["a,b,y", *rows(60), ""]))
    assert told(path, "evaluate.threshold=0.3") == []  # on two it has


@pytest.mark.slow
@pytest.mark.parametrize("problem", ["toy", "iris", "iris3", "breast_cancer", "digits"])
def test_the_tables_that_are_shipped_need_no_such_note(tmp_path: Path, problem: str) -> None:
    shipped.write(tmp_path)
    config = compose([f"problem={problem}"])
    config = compose([f"problem={problem}", f"problem.path={tmp_path / Path(config.problem.path).name}"])
    found = inputs.fitted(*inputs.of_files(config.problem, config.split), config.features, config.split.column)
    assert notes(config, found) == list(found.notes)


def with_new_words(tmp_path: Path) -> list[str]:
    """Overrides of a table whose validation row and test rows hold words that no train row has."""
    words = ["a", "b", "b", "a"] * 5
    words[16:] = ["new", "b", "other", "newer"]
    path = written(
        tmp_path, "t,c,x,y\n" + "".join(f"{row},{word},{row % 7}.5,{row % 2}\n" for row, word in enumerate(words))
    )
    ordered = "split.method=ordered split.column=t split.val_size=0.1 split.test_size=0.1"
    return ["problem=csv", f"problem.path={path}", "problem.target=y", *ordered.split()]


def test_words_of_validation_rows_that_no_train_row_has_are_told(tmp_path: Path) -> None:
    config = compose(with_new_words(tmp_path))
    found = inputs.fitted(*inputs.of_files(config.problem, config.split), config.features, config.split.column)
    assert notes(config, found)[len(found.notes) :] == [
        "of 2 validation rows: column 'c': 1 row with a word that no train row had ('new'), "
        "read as none of the known words"
    ]


def test_words_of_test_rows_that_no_train_row_has_are_told(tmp_path: Path) -> None:
    config = compose(with_new_words(tmp_path))
    found = inputs.fitted(*inputs.of_files(config.problem, config.split), config.features, config.split.column)
    assert unseen("test", found.features, found.table, found.split.test) == [
        "of 2 test rows: column 'c': 2 rows with a word that no train row had ('other', 'newer'), "
        "read as none of the known words"
    ]
    assert unseen("train", found.features, found.table, found.split.train) == []
