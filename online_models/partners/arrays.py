"""Partners as arrays, a block at a time, and all blocks as one."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from domain.partners.places import Coordinates
from domain.partners.words import stems

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

_HASH = HashingVectorizer(analyzer=stems, n_features=2**16, alternate_sign=False, norm=None)


class Candidate(NamedTuple):
    """A partner with what only the whole index knows of it.

    Parameters
    ----------
    partner_id
        As in the ``partners`` table.
    likeness
        Cosine of its text and the lead's, words weighted by how rare they are; 0 to 1.
    km
        Between the two; None where either place is not known.
    """

    partner_id: UUID
    likeness: float
    km: float | None


@dataclass(frozen=True, slots=True)
class Block:
    """Some partners, encoded; those of all blocks together make the `Arrays`."""

    ids: list[UUID]
    segment: Codes
    uf: Codes
    place: Codes
    priority: Codes
    cnae: Codes
    others: Codes
    """Secondary activities of all rows, each row's after a blank one."""
    first_other: Codes
    """Where each row's begin."""
    words: sparse.csr_matrix
    xyz: Floats
    """Unit vectors from the centre of the Earth, which is where a place is that is not known: so
    far from everybody that it counts for nothing."""


@dataclass(frozen=True, slots=True)
class Arrays:
    """All blocks as one, ordered by id; each row of `words` is weighted by rarity, of length 1."""

    ids: list[UUID]
    segment: Codes
    uf: Codes
    place: Codes
    priority: Codes
    cnae: Codes
    others: Codes
    first_other: Codes
    words: sparse.csr_matrix
    rarity: Floats
    xyz: Floats
    nearness: dict[tuple[str, ...], tuple[Floats, Floats]] = field(default_factory=dict)
    """What was worked out for a segment's activities: the same for all of its leads."""

    def position(self, partner_id: UUID) -> int | None:
        """Return where a partner stands, or None."""
        at = bisect_left(self.ids, partner_id)
        return at if at < len(self.ids) and self.ids[at] == partner_id else None

    def likeness(self, text: str) -> Floats:
        """Return how like each partner's text is to another, as `Candidate` says it."""
        asked = counted([text])
        weights = np.zeros(len(self.rarity), dtype=np.float32)
        weights[asked.indices] = asked.data * self.rarity[asked.indices]
        length = float(np.linalg.norm(weights))
        alike: Floats = (self.words @ weights).astype(np.float64)
        return alike / length if length else alike

    def candidate(self, at: int, likeness: Floats, km: Floats | None) -> Candidate:
        """Return the partner at a position with what was worked out for all."""
        away = None if km is None or not self.xyz[at].any() else float(km[at])
        return Candidate(self.ids[at], float(likeness[at]), away)


def joined(blocks: Sequence[Block]) -> Arrays:
    """Return blocks as one; there must be at least one."""
    words = sparse.vstack([block.words for block in blocks], format="csr")
    found_in = np.bincount(words.indices, minlength=words.shape[1])
    rarity = np.log((1.0 + words.shape[0]) / (1.0 + found_in)) + 1.0
    words.data *= rarity[words.indices].astype(np.float32)
    length = np.sqrt(np.asarray(words.multiply(words).sum(axis=1)).ravel())
    words.data /= np.repeat(length, np.diff(words.indptr)).astype(np.float32)
    starts = np.cumsum([0, *(len(block.others) for block in blocks[:-1])])
    return Arrays(
        ids=list(chain.from_iterable(block.ids for block in blocks)),
        segment=np.concatenate([block.segment for block in blocks]),
        uf=np.concatenate([block.uf for block in blocks]),
        place=np.concatenate([block.place for block in blocks]),
        priority=np.concatenate([block.priority for block in blocks]),
        cnae=np.concatenate([block.cnae for block in blocks]),
        others=np.concatenate([block.others for block in blocks]),
        first_other=np.concatenate(
            [block.first_other + start for block, start in zip(blocks, starts, strict=True)]
        ),
        words=words,
        rarity=rarity,
        xyz=np.concatenate([block.xyz for block in blocks]),
    )


def counted(texts: Sequence[str]) -> sparse.csr_matrix:
    """Return how often each word is in each text, words hashed to columns."""
    if not texts:
        return sparse.csr_matrix((0, _HASH.n_features), dtype=np.float32)
    return _HASH.transform(texts).astype(np.float32)


def unit(where: Coordinates | None) -> tuple[float, float, float]:
    """Return the unit vector from the Earth's centre to a place; zero for none."""
    if where is None:
        return (0.0, 0.0, 0.0)
    latitude, longitude = np.radians(where)
    return (
        float(np.cos(latitude) * np.cos(longitude)),
        float(np.cos(latitude) * np.sin(longitude)),
        float(np.sin(latitude)),
    )
