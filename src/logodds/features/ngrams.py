"""A column of texts -> bags of word and character n-grams, as scikit-learn's CountVectorizer and TfidfVectorizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.errors import UserError
from logodds.features import column
from logodds.features.features import Features
from logodds.rows import Bags
from logodds.schema import choice, number
from logodds.table import Table

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

ANALYSERS = {"words": "word", "chars": "char"}  # options' key -> scikit-learn's word


@dataclass(kw_only=True)
class NgramsOptions:
    """``words``, ``chars``: the shortest and the longest n-gram of each, or null for none; either is a block of terms
    of its own. ``min_df``: train rows that a term must be in. ``max_terms``: of a block, the most frequent; null keeps
    all. ``tfidf``: counts times ln((1 + n) / (1 + df)) + 1, each row of a block scaled to length 1. ``sublinear``:
    1 + ln(count) in the place of the count."""

    name: str = choice("ngrams")
    column: str | None
    words: list[int] | None = number(least=1, most=10)
    chars: list[int] | None = number(least=1, most=10)
    min_df: int = number(least=1)
    max_terms: int | None = number(least=1)
    tfidf: bool
    sublinear: bool
    lowercase: bool

    def blocks(self) -> dict[str, list[int]]:
        """The ranges by key, of those that are not null."""
        ranges = {"words": self.words, "chars": self.chars}
        return {key: span for key, span in ranges.items() if span is not None}

    def check(self) -> None:
        """Rules between keys.

        Raises:
            UserError: ranges that are no ranges, or none at all.
        """
        for key, span in self.blocks().items():
            if len(span) != 2 or span[0] > span[1]:
                raise UserError(f"features.{key}={span}: must be [shortest,longest], for example [1,2], or null")
        if not self.blocks():
            raise UserError(
                "features.words=null, features.chars=null: give one of them, for example features.words=[1,2]"
            )


@dataclass(frozen=True)
class Block:
    """``terms`` in alphabetical order, and in how many train rows each is."""

    key: str
    shortest: int
    longest: int
    terms: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Ngrams(Features):
    """Terms are numbered through the blocks; ``count`` is how many train rows there were."""

    column: str
    blocks: tuple[Block, ...]
    count: int
    tfidf: bool
    sublinear: bool
    lowercase: bool

    def inputs(self) -> dict[str, str]:
        return {self.column: "string"}

    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Bags:
        from scipy.sparse import hstack

        texts = column.texts(columns, self.column, rows).to_pylist()
        bags = hstack([self._weighted(block, texts) for block in self.blocks], format="csr")
        terms, starts = bags.indices.astype(np.int32), bags.indptr.astype(np.int64)
        return Bags(terms, bags.data.astype(np.float32), starts, bags.shape[1])

    def _weighted(self, block: Block, texts: list[str]) -> csr_matrix:
        """[texts, terms of the block]."""
        places = {term: place for place, term in enumerate(block.terms)}
        bags = _vectoriser(block.key, [block.shortest, block.longest], self.lowercase, vocabulary=places).transform(
            texts
        )
        weights = bags.data.astype(np.float64)
        if self.sublinear:
            weights = 1.0 + np.log(weights)
        if self.tfidf:
            idf = np.log((1 + self.count) / (1 + np.array(block.rows))) + 1.0
            weights *= idf[bags.indices]
            row = np.repeat(np.arange(len(texts)), np.diff(bags.indptr))
            weights /= np.sqrt(np.bincount(row, weights**2, len(texts)))[row]
        bags.data = weights
        return bags

    def to_plain(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "count": self.count,
            "tfidf": self.tfidf,
            "sublinear": self.sublinear,
            "lowercase": self.lowercase,
            "blocks": [
                {
                    "key": block.key,
                    "range": [block.shortest, block.longest],
                    "terms": list(block.terms),
                    "rows": list(block.rows),
                }
                for block in self.blocks
            ],
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Ngrams:
        blocks = tuple(
            Block(item["key"], *item["range"], tuple(item["terms"]), tuple(item["rows"])) for item in plain["blocks"]
        )
        return cls(plain["column"], blocks, plain["count"], plain["tfidf"], plain["sublinear"], plain["lowercase"])


def fit(table: Table, rows: NDArray[np.int64], options: NgramsOptions, split_column: str | None) -> Ngrams:
    """The terms of ``rows`` (train).

    Raises:
        UserError: not one column of texts, or no term in enough of its train rows.
    """
    name, notes = column.only(table, options.column, split_column, pa.types.is_large_string, "texts")
    texts = column.texts(table.columns, name, rows).to_pylist()
    blocks = []
    for key, span in options.blocks().items():
        least = {"min_df": options.min_df, "max_features": options.max_terms}
        vectoriser = _vectoriser(key, span, options.lowercase, **least)
        try:
            bags = vectoriser.fit_transform(texts)
        except ValueError as error:  # scikit-learn's: no word at all, or none that is left
            raise UserError(
                f"column {name!r}: no n-gram of features.{key}={span} is in {options.min_df} train rows; "
                f"lower features.min_df or use problem.drop=[{name}]"
            ) from error
        counts = np.bincount(bags.indices, minlength=bags.shape[1])
        blocks.append(Block(key, span[0], span[1], tuple(vectoriser.get_feature_names_out()), tuple(counts.tolist())))
    return Ngrams(name, tuple(blocks), len(rows), options.tfidf, options.sublinear, options.lowercase, notes=notes)


def _vectoriser(key: str, span: list[int], lowercase: bool, **options: Any) -> CountVectorizer:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(analyzer=ANALYSERS[key], ngram_range=tuple(span), lowercase=lowercase, **options)
