"""Words as numbers, against a plain loop."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from logodds.data.table import Table
from logodds.features.features import dumps, loads
from logodds.features.fitted import column, tokens
from logodds.features.fitted.tokens import TokenFeatures, fit
from logodds.features.tokens import TokensOptions
from logodds.system.errors import UserError

OPTIONS = TokensOptions(
    name="tokens", column=None, vocabulary=20, min_count=1, length=6, lowercase=True, punctuation=False
)
PIECES = ["Free", "free", "don't", "£1,000", "WIN!!!", "ünï", "日本", "x", "\t", "\n", "<br />", "e-mail", "42"]


def table(texts: list[str | None], **others: pa.Array) -> Table:
    columns = pa.table({"text": pa.array(texts, pa.large_string()), **others})
    return Table(columns, np.zeros(len(columns), np.int64), "label", ("ham", "spam"))


def texts(seed: int, count: int = 60) -> list[str | None]:
    draws = random.Random(seed)
    return ["", None, "...", *(" ".join(draws.choices(PIECES, k=draws.randrange(12))) for _ in range(count))]


def words(text: str | None, lowercase: bool, punctuation: bool) -> list[str]:
    """Runs of letters, digits and apostrophes; with ``punctuation`` each other character but spaces is one too."""
    given = (text or "").lower() if lowercase else text or ""
    return re.findall(r"(?:[^\W_]|')+" + (r"|[^\w\s]|_" if punctuation else ""), given)


@pytest.mark.parametrize("punctuation", [True, False])
@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_numbers_are_those_of_a_loop(
    seed: int, lowercase: bool, punctuation: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "CHUNK", 7)
    written = texts(seed)
    data, train = table(written), np.arange(0, 50)
    options = replace(OPTIONS, lowercase=lowercase, punctuation=punctuation, vocabulary=12)
    counts = Counter(word for row in train for word in words(written[row], lowercase, punctuation))
    ranked = sorted(counts, key=lambda word: (-counts[word], word.encode()))[:10]
    state = fit(data, train, options, None)
    assert list(state.words) == ranked
    rows = np.random.default_rng(seed).permutation(len(written))
    found = state.apply(data.columns, rows)
    numbers = {word: place + 2 for place, word in enumerate(ranked)}
    for place, row in enumerate(rows):
        expected = [numbers.get(word, 1) for word in words(written[row], lowercase, punctuation)][:6] or [1]
        assert found.lengths[place] == len(expected)
        assert found.ids[place].tolist() == expected + [0] * (found.ids.shape[1] - len(expected))
    assert found.vocabulary == 12
    assert (found.ids.dtype, found.lengths.dtype) == (np.int32, np.int64)


def test_marks_are_words_of_their_own() -> None:
    data = table(["WIN!!! don't e-mail me: £5", "win", ""])
    state = fit(data, np.arange(3), replace(OPTIONS, punctuation=True, length=20), None)
    assert set(state.words) == {"!", "win", "don't", "e", "-", "mail", "me", ":", "£", "5"}
    assert state.words[:2] == ("!", "win")  # three times, twice
    assert state.apply(data.columns, np.arange(3)).ids[:, :5].tolist() == [
        [3, 2, 2, 2, state.words.index("don't") + 2],
        [3, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
    ]


@pytest.mark.parametrize("min_count", [1, 2, 3, 7])
def test_rare_words_of_the_train_rows_are_other_words(min_count: int) -> None:
    written = texts(3)
    train = np.arange(0, 40)
    counts = Counter(word for row in train for word in words(written[row], True, True))
    options = replace(OPTIONS, punctuation=True, vocabulary=1000, min_count=min_count)
    state = fit(table(written), train, options, None)
    assert set(state.words) == {word for word, count in counts.items() if count >= min_count}
    assert state.apply(table(written).columns, train).vocabulary == len(state.words) + 2


def test_a_word_that_is_once_in_two_chunks_is_there_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CHUNK", 1)
    state = fit(table(["a b", "a c", "a"]), np.arange(2), replace(OPTIONS, min_count=2), None)
    assert state.words == ("a",)


def test_too_rare_words_are_refused() -> None:
    with pytest.raises(UserError, match=r"features\.min_count=3: no word of column 'text' is there so often; lower it"):
        fit(table(["a b", "b"]), np.arange(2), replace(OPTIONS, min_count=3), None)


def test_width_is_that_of_the_longest_row() -> None:
    data = table(["a b c", "a", "a b c d e f g h"])
    state = fit(data, np.arange(3), OPTIONS, None)
    assert state.apply(data.columns, np.array([1, 0])).ids.shape == (2, 3)
    assert state.apply(data.columns, np.array([2])).ids.shape == (1, 6)
    assert state.apply(data.columns, np.array([], np.int64)).ids.shape == (0, 1)


def test_other_rows_move_no_number() -> None:
    data = table(["a b", "b", "z z z z"])
    assert fit(data, np.arange(2), OPTIONS, None).words == ("b", "a")


@pytest.mark.parametrize("punctuation", [True, False])
def test_round_trip_is_exact(punctuation: bool) -> None:
    data = table(texts(0))
    state = fit(data, np.arange(40), replace(OPTIONS, punctuation=punctuation), None)
    assert loads(dumps(state)) == state
    assert state.punctuation == punctuation
    assert state.inputs() == {"text": "string"}


def test_other_kinds_of_texts_serve() -> None:
    state = TokenFeatures("text", ("a", "b"), 3, True, False)
    for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        found = state.apply(pa.table({"text": pa.array(["b A c", None], pa.string()).cast(kind)}), np.arange(2))
        assert found.ids.tolist() == [[3, 2, 1], [1, 0, 0]]
    with pytest.raises(UserError, match="column 'text' must hold texts"):
        state.apply(pa.table({"text": pa.array([[1], [2]])}), np.arange(2))
    with pytest.raises(UserError, match="column 'text' is not in the rows"):
        state.apply(pa.table({"txt": pa.array(["a"])}), np.arange(1))


def test_other_columns_are_told() -> None:
    data = table(["a b", "b c"], n=pa.array([1.0, 2.0]), c=pa.array(["x", "y"]), g=pa.array([1.0, 2.0]))
    state = fit(data, np.arange(2), OPTIONS, "g")
    assert state.notes == ("columns left out, only 'text' is read: n, c",)


def test_column_must_be_one_of_texts() -> None:
    two = table(["a", "b"], more=pa.array(["c", "d"], pa.large_string()), n=pa.array([1.0, 2.0]))
    with pytest.raises(UserError, match=r"columns text, more hold texts; choose one with features\.column=text"):
        fit(two, np.arange(2), OPTIONS, None)
    assert fit(two, np.arange(2), replace(OPTIONS, column="more"), None).words == ("c", "d")
    with pytest.raises(UserError, match=r"features\.column=mor: no such column; did you mean more\?"):
        fit(two, np.arange(2), replace(OPTIONS, column="mor"), None)
    with pytest.raises(UserError, match=r"features\.column=n: does not hold texts"):
        fit(two, np.arange(2), replace(OPTIONS, column="n"), None)
    numbers = Table(pa.table({"n": [1.0, 2.0]}), np.zeros(2, np.int64), "label", ("ham", "spam"))
    with pytest.raises(UserError, match=r"no column holds texts \(columns: n\); use features=tabular"):
        fit(numbers, np.arange(2), OPTIONS, None)


def test_categories_are_no_texts_and_told_with_what_makes_them_some() -> None:
    words = Table(pa.table({"n": [1.0, 2.0], "c": ["a", "b"]}), np.zeros(2, np.int64), "label", ("ham", "spam"))
    with pytest.raises(UserError) as caught:
        fit(words, np.arange(2), OPTIONS, None)
    mend = "set 'problem.kinds={c: text}'"
    assert str(caught.value) == f"features: no column holds texts (columns: n, c); {mend}, or features=tabular"
    with pytest.raises(UserError, match=rf"features\.column=c: does not hold texts; {mend}"):
        fit(words, np.arange(2), replace(OPTIONS, column="c"), None)


def test_one_text_in_all_train_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column, "CHUNK", 2)
    data = table(["a b", "a b", "a b", "b a"])
    told = "column 'text' holds one text in all train rows; nothing can be learnt from it"
    for rows in (np.arange(3), np.arange(1)):
        with pytest.raises(UserError, match=told):
            fit(data, rows, OPTIONS, None)
    assert fit(data, np.arange(4), OPTIONS, None).words == ("a", "b")


@pytest.mark.parametrize("empty", ["", None, "...", " \n "])
def test_texts_without_a_word_are_refused(empty: str | None) -> None:
    with pytest.raises(UserError, match=r"column 'text' has no word in the train rows; use problem\.drop=\[text\]"):
        fit(table([empty, empty, "word"]), np.arange(2), OPTIONS, None)
