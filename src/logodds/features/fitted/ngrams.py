"""Fitted n-gram features: texts become bags of n-grams, as by scikit-learn's CountVectorizer and TfidfVectorizer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logodds.data.table import Table
from logodds.features.features import Features
from logodds.features.fitted import column
from logodds.features.rows import Bags
from logodds.options.overrides import as_typed
from logodds.system.errors import UserError

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import CountVectorizer

    from logodds.features.ngrams import NgramsOptions

CHUNK = 1024  # texts that are counted at a time, to bound the memory
ANALYSERS = {"words": "word", "chars": "char_wb"}  # options' key -> scikit-learn's; char_wb stays within words


@dataclass(frozen=True)
class Block:
    """The terms of one kind: n-grams of words or of characters.

    Attributes:
        key: ``words`` or ``chars``.
        shortest: length of the shortest n-gram.
        longest: length of the longest n-gram.
        terms: the terms in alphabetical order.
        rows: for each term, the number of train rows that contain it.
    """

    key: str
    shortest: int
    longest: int
    terms: tuple[str, ...]
    rows: tuple[int, ...]

    def vectoriser(self, lowercase: bool) -> CountVectorizer:
        """Return a vectoriser that counts these terms."""
        index_of = {term: index for index, term in enumerate(self.terms)}
        return _vectoriser(self.key, [self.shortest, self.longest], lowercase, vocabulary=index_of)


@dataclass(frozen=True)
class NgramFeatures(Features):
    """Fitted n-gram features. Terms are numbered through all blocks.

    Attributes:
        column: the column of texts.
        blocks: the terms.
        count: the number of train rows.
        tfidf: whether counts are weighted by tf-idf, see :class:`~logodds.features.ngrams.NgramsOptions`.
        sublinear: whether 1 + ln(count) takes the place of the count.
        lowercase: whether upper-case letters are read as lower-case ones.
    """

    kind: ClassVar[str] = "ngrams"
    packages: ClassVar[tuple[str, ...]] = ("scikit-learn",)

    column: str
    blocks: tuple[Block, ...]
    count: int
    tfidf: bool
    sublinear: bool
    lowercase: bool

    def inputs(self) -> dict[str, str]:
        return {self.column: "string"}

    def apply(self, columns: pa.Table, rows: NDArray[np.int64]) -> Bags:
        column.by_name(columns, self.column)  # raises for a missing column even if there are no rows
        offsets = np.cumsum([0, *(len(block.terms) for block in self.blocks)]).tolist()
        vectorisers = [block.vectoriser(self.lowercase) for block in self.blocks]
        terms, weights, counts = [np.empty(0, np.int32)], [np.empty(0, np.float32)], [np.zeros(1, np.int64)]
        for start in range(0, len(rows), CHUNK):
            texts = column.texts(columns, self.column, rows[start : start + CHUNK]).to_pylist()
            entries = [
                self._weighted(block, vectoriser.transform(texts))
                for block, vectoriser in zip(self.blocks, vectorisers, strict=True)
            ]
            row = np.concatenate([row for row, _, _ in entries])
            order = np.argsort(row, kind="stable")  # within a text, the blocks stay in order
            numbers = [numbers + offset for (_, numbers, _), offset in zip(entries, offsets[:-1], strict=True)]
            terms.append(np.concatenate(numbers)[order].astype(np.int32))
            weights.append(np.concatenate([values for _, _, values in entries])[order].astype(np.float32))
            counts.append(np.bincount(row, minlength=len(texts)))
        return Bags(np.concatenate(terms), np.concatenate(weights), np.cumsum(np.concatenate(counts)), offsets[-1])

    def _weighted(self, block: Block, bags: Any) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return the text, the term within the block and the weight of each entry of SciPy's sparse counts."""
        count = bags.shape[0]
        row = np.repeat(np.arange(count), np.diff(bags.indptr))
        terms, weights = bags.indices.astype(np.int64), bags.data.astype(np.float64)
        if self.sublinear:
            weights = 1.0 + np.log(weights)
        if self.tfidf:
            weights *= (np.log((1 + self.count) / (1 + np.array(block.rows))) + 1.0)[terms]
            weights /= np.sqrt(np.bincount(row, weights**2, count))[row]
        return row, terms, weights

    def to_plain(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "count": self.count,
            "tfidf": self.tfidf,
            "sublinear": self.sublinear,
            "lowercase": self.lowercase,
            "blocks": [asdict(block) for block in self.blocks],
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> NgramFeatures:
        blocks = tuple(
            Block(item["key"], item["shortest"], item["longest"], tuple(item["terms"]), tuple(item["rows"]))
            for item in plain["blocks"]
        )
        return cls(plain["column"], blocks, plain["count"], plain["tfidf"], plain["sublinear"], plain["lowercase"])


def fit(table: Table, rows: NDArray[np.int64], options: NgramsOptions, split_column: str | None) -> NgramFeatures:
    """Fit the terms of ``rows``, the train rows.

    Raises:
        UserError: there is not exactly one column of texts to read, all train rows hold one text, or no term is in
            enough of them.
    """
    name, notes = column.single(table, options.column, split_column, pa.types.is_large_string, "texts")
    texts = column.texts(table.columns, name, rows).to_pylist()
    blocks = []
    for key, span in options.blocks().items():
        limits = {"min_df": options.min_df, "max_features": options.max_terms}
        vectoriser = _vectoriser(key, span, options.lowercase, **limits)
        try:
            bags = vectoriser.fit_transform(texts)
        except ValueError as error:  # from scikit-learn: there is no term, or none is left
            raise UserError(
                f"column {name!r}: no n-gram of features.{key}={span} is in {options.min_df} train rows; "
                f"lower features.min_df or use {as_typed('problem.drop', [name])}"
            ) from error
        counts = np.bincount(bags.indices, minlength=bags.shape[1])
        blocks.append(Block(key, span[0], span[1], tuple(vectoriser.get_feature_names_out()), tuple(counts.tolist())))
    column.refuse_one_text(table.columns, name, rows)
    return NgramFeatures(
        name, tuple(blocks), len(rows), options.tfidf, options.sublinear, options.lowercase, notes=notes
    )


def _vectoriser(key: str, span: list[int], lowercase: bool, **options: Any) -> CountVectorizer:
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(analyzer=ANALYSERS[key], ngram_range=tuple(span), lowercase=lowercase, **options)
