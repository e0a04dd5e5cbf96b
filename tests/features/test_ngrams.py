"""Bags of n-grams against scikit-learn's vectorisers."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from logodds.data.table import Table
from logodds.features.features import FEATURES, dumps, loads
from logodds.features.fitted import ngrams
from logodds.features.fitted.ngrams import fit
from logodds.features.ngrams import NgramsOptions
from logodds.features.rows import Bags
from logodds.system.errors import UserError

VALUES: dict[str, Any] = {
    "name": "ngrams",
    "column": None,
    "words": [1, 2],
    "chars": [3, 5],
    "min_df": 2,
    "max_terms": None,
    "tfidf": True,
    "sublinear": True,
    "lowercase": True,
}
OPTIONS = NgramsOptions(**VALUES)
PIECES = ["Free", "free", "don't", "£1,000", "WIN!!!", "ünï", "日本", "x", "call", "now", "prize"]


def table(texts: list[str | None]) -> Table:
    columns = pa.table({"text": pa.array(texts, pa.large_string())})
    return Table(columns, np.zeros(len(columns), np.int64), "label", ("ham", "spam"))


def texts(seed: int, count: int = 40) -> list[str | None]:
    draws = random.Random(seed)
    return ["", None, *(" ".join(draws.choices(PIECES, k=draws.randrange(1, 12))) for _ in range(count))]


def dense(bags: Bags) -> np.ndarray:
    shape = (len(bags), bags.vocabulary)
    return csr_matrix((bags.weights, bags.terms, bags.starts), shape=shape).toarray()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sublinear": False},
        {"lowercase": False},
        {"chars": None},
        {"words": None},
        {"min_df": 4, "words": [2, 3], "chars": [1, 2]},
        {"max_terms": 9},
        {"tfidf": False, "sublinear": False},
    ],
    ids=str,
)
def test_bags_equal_scikit_learn(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngrams, "CHUNK", 5)
    chosen = replace(OPTIONS, **changes)
    written, train = texts(1), np.arange(30)
    plain = [text or "" for text in written]
    made = []
    for analyser, span in (("word", chosen.words), ("char_wb", chosen.chars)):
        if span is not None:
            same = {"min_df": chosen.min_df, "max_features": chosen.max_terms, "lowercase": chosen.lowercase}
            common = {"analyzer": analyser, "ngram_range": tuple(span), **same}
            tfidf = TfidfVectorizer(**common, sublinear_tf=chosen.sublinear)
            made.append((analyser, tfidf if chosen.tfidf else CountVectorizer(**common)))
    theirs = FeatureUnion(made).fit([plain[row] for row in train])
    rows = np.random.default_rng(0).permutation(len(written))
    expected = theirs.transform([plain[row] for row in rows])
    data = table(written)
    found = fit(data, train, chosen, None).apply(data.columns, rows)
    np.testing.assert_allclose(dense(found), expected.toarray(), rtol=1e-6, atol=1e-7)
    assert found.starts.tolist() == expected.indptr.tolist()
    assert (found.terms.dtype, found.weights.dtype, found.starts.dtype) == (np.int32, np.float32, np.int64)


def test_round_trip_gives_the_same_bags() -> None:
    data = table(texts(2))
    state = fit(data, np.arange(30), OPTIONS, None)
    again = loads(dumps(state))
    assert again == state
    found, expected = (one.apply(data.columns, np.arange(42)) for one in (again, state))
    assert isinstance(found, Bags)
    np.testing.assert_array_equal(dense(found), dense(expected))
    assert set(json.loads(dumps(state))) == {"kind", "column", "count", "tfidf", "sublinear", "lowercase", "blocks"}


def test_no_rows_are_no_bags() -> None:
    data = table(texts(2))
    found = fit(data, np.arange(30), OPTIONS, None).apply(data.columns, np.array([], np.int64))
    assert (len(found), len(found.terms), found.starts.tolist()) == (0, 0, [0])


@pytest.mark.parametrize("written", [["", None, "."], ["one text", "other words", "nothing shared"]])
def test_no_term_left_is_refused(written: list[str | None]) -> None:
    with pytest.raises(UserError, match=r"'text': no n-gram of features\.words=\[1, 2\] is in 2 train rows"):
        fit(table(written), np.arange(3), OPTIONS, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"words": [1]}, r"features\.words=\[1\]: must be \[shortest,longest\]"),
        ({"chars": [5, 3]}, r"features\.chars=\[5, 3\]: must be \[shortest,longest\]"),
        ({"words": None, "chars": None}, r"features\.words=null, features\.chars=null: give one of them"),
        ({"words": [0, 1]}, r"features\.words=0: must be finite and >= 1"),
        ({"words": "a"}, r"features\.words=a: must be a list of whole numbers"),
        ({"min_df": 0}, r"features\.min_df=0: must be"),
    ],
    ids=str,
)
def test_options_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        FEATURES.read({**VALUES, **changes})
    assert FEATURES.read(VALUES) == OPTIONS


def test_one_text_in_all_train_rows_is_refused() -> None:
    data = table(["call now", "call now", "call now", "call me", "now me"])
    told = "column 'text' holds one text in all train rows; nothing can be learnt from it"
    with pytest.raises(UserError, match=told):
        fit(data, np.arange(3), OPTIONS, None)
    assert "now" in fit(data, np.arange(5), OPTIONS, None).blocks[0].terms
