"""Who is the same as whom: records compared field by field, and what each answer says for it.

The names' and addresses' likeness is the cosine of their TF-IDF vectors over three letters, so that
words which everybody has say little. What each comparison is worth is the logarithm of how much
more often it comes out so for the same than for others, as Fellegi and Sunter have it. The rates
are judgements, not fitted to any data: there are no labels where this is used.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, log
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from domain.partners.words import folded

LEVELS = (0.35, 0.6, 0.85)
"""Cosines from which two texts are a little, rather and very much alike."""

TEXT = ((0.05, 0.55), (0.10, 0.25), (0.25, 0.15), (0.60, 0.05))
"""By level, how many pairs of the same and of others are that much alike."""

DIFFERS, SAME = 0, 1

EXACT = {
    "phones": ((0.20, 0.95), (0.80, 0.05)),
    "emails": ((0.20, 0.99), (0.80, 0.01)),
    "document": ((0.01, 0.999), (0.99, 0.001)),
    "place": ((0.10, 0.70), (0.90, 0.30)),
    "number": ((0.10, 0.95), (0.90, 0.05)),
}
"""By field, the same for pairs that differ in it and for pairs that do not. What is unknown of
either says nothing."""

TEXTS = ("name", "address")

TELLING = ("phones", "emails", "document")
"""Fields that are compared exactly, and bring records together."""

BEFORE = log(0.2 / 0.8)
"""What is thought of a pair that shares enough to be compared."""

COMPARED_FROM = 0.6
"""Cosine of the names or of the addresses from which a pair is compared; else it takes something
that is the same."""

COMMON = 0.1
"""Three letters that more than this part of the records have find no pairs."""

FEW = 1_000
"""Records of which even common letters find pairs."""

CHUNK = 2_000
"""Records compared with all at once, which bounds the memory."""

LARGEST = 50
"""Records that share a telephone or an e-mail at the most: one of more is a switchboard's."""

Values = list[frozenset[str]]
"""What each record has in a field."""

Pairs = npt.NDArray[np.int64]
"""A row a pair: the places of two records, the smaller first."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What says who a record is; empty where it is unknown.

    Parameters
    ----------
    id
        Its row's.
    name, address
        As written.
    place
        A city or a postal code.
    phones, emails
        In one form each.
    document
        A registration number in one form, such as a CNPJ without its mask.
    """

    id: str
    name: str
    address: str = ""
    place: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    document: str = ""

    @property
    def number(self) -> str:
        """The first number of the address, which is a house's."""
        found = re.search(r"\d+", self.address)
        return found[0] if found else ""


class Duplicate(NamedTuple):
    """Two records that are likely one.

    Parameters
    ----------
    first, second
        Their ids.
    likeness
        How likely, from 0 to 1.
    alike
        The fields that speak for it, the most telling first.
    """

    first: str
    second: str
    likeness: float
    alike: tuple[str, ...]


def duplicates(records: Sequence[Identity], likely: float = 0.5) -> list[Duplicate]:
    """Return the pairs that are more likely one than `likely`, the likeliest first.

    Examples
    --------
    >>> phone = frozenset({"3499990000"})
    >>> ana = Identity("1", "Ana Prado Neves", phones=phone)
    >>> records = [ana, Identity("2", "ANA PRADO", phones=phone), Identity("3", "Rui Prado")]
    >>> [(one.first, one.second, one.alike) for one in duplicates(records)]
    [('1', '2', ('phones', 'name'))]
    """
    if len(records) < 2:  # noqa: PLR2004 - a pair
        return []
    texts = {name: _vectors([getattr(one, name) for one in records]) for name in TEXTS}
    values = {name: [_values(record, name) for record in records] for name in EXACT}
    values |= {name: _of_few(values[name]) for name in TELLING}
    pairs = _compared(texts, [values[name] for name in TELLING])
    evidence = {name: _text_evidence(vectors, pairs) for name, vectors in texts.items()}
    evidence |= {name: _exact_evidence(name, values[name], pairs) for name in EXACT}
    total = BEFORE + sum(evidence.values(), np.zeros(len(pairs)))
    found = []
    for at in np.flatnonzero(total > log(likely / (1 - likely))):
        worth = {name: values[at] for name, values in evidence.items() if values[at] > 0}
        first, second = (records[place].id for place in pairs[at])
        alike = tuple(sorted(worth, key=lambda name: -worth[name]))
        found.append(Duplicate(first, second, 1 / (1 + exp(-total[at])), alike))
    return sorted(found, key=lambda one: -one.likeness)


def _vectors(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return each text's vector, of length one; of an empty text, nothing."""
    vectorizer = TfidfVectorizer(
        analyzer="char_wb",
        ngram_range=(3, 3),
        sublinear_tf=True,
        max_df=COMMON if len(texts) > FEW else 1.0,
        dtype=np.float32,
    )
    written = [re.sub(r"[^a-z0-9]+", " ", folded(text)).strip() for text in texts]
    if not any(written):
        return sparse.csr_matrix((len(texts), 1), dtype=np.float32)
    return sparse.csr_matrix(vectorizer.fit_transform(written))


def _compared(texts: dict[str, sparse.csr_matrix], telling: Iterable[Values]) -> Pairs:
    """Return the pairs worth comparing: texts that are rather alike, or something the same."""
    parts = [pairs for vectors in texts.values() for pairs in _near(vectors)]
    shared = [
        pair
        for values in telling
        for places in _holders(values).values()
        for pair in combinations(places, 2)
    ]
    parts.append(np.array(shared, dtype=np.int64).reshape(-1, 2))
    return np.unique(np.concatenate(parts), axis=0)


def _near(vectors: sparse.csr_matrix) -> Iterator[Pairs]:
    for start in range(0, vectors.shape[0], CHUNK):
        cosines = (vectors[start : start + CHUNK] @ vectors.T).tocoo()
        first, second = cosines.row.astype(np.int64) + start, cosines.col.astype(np.int64)
        near = (cosines.data >= COMPARED_FROM) & (first < second)
        yield np.column_stack((first[near], second[near]))


def _holders(values: Values) -> dict[str, list[int]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for place, some in enumerate(values):
        for value in some:
            holders[value].append(place)
    return holders


def _of_few(values: Values) -> Values:
    """Return values without those of too many records, which say nothing."""
    common = {value for value, places in _holders(values).items() if len(places) > LARGEST}
    return [some - common for some in values]


def _values(record: Identity, name: str) -> frozenset[str]:
    value: str | frozenset[str] = getattr(record, name)
    if isinstance(value, frozenset):
        return value
    return frozenset({value}) if value else frozenset()


def _text_evidence(vectors: sparse.csr_matrix, pairs: Pairs) -> npt.NDArray[np.float64]:
    """Return what the likeness of a text says of each pair; nothing where one has none."""
    left, right = vectors[pairs[:, 0]], vectors[pairs[:, 1]]
    cosines = np.asarray(left.multiply(right).sum(axis=1), dtype=np.float64).ravel()
    worth = np.array([log(same / other) for same, other in TEXT])
    empty = (left.getnnz(axis=1) == 0) | (right.getnnz(axis=1) == 0)
    evidence: npt.NDArray[np.float64] = np.where(empty, 0.0, worth[np.digitize(cosines, LEVELS)])
    return evidence


def _exact_evidence(name: str, values: Values, pairs: Pairs) -> npt.NDArray[np.float64]:
    """Return what a field that is the same or not says of each pair."""
    worth = [log(same / other) for same, other in EXACT[name]]
    return np.array(
        [
            worth[SAME if values[first] & values[second] else DIFFERS]
            if values[first] and values[second]
            else 0.0
            for first, second in pairs.tolist()
        ],
        dtype=np.float64,
    )
