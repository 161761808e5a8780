"""All partners in memory: the most compatible of a hundred thousand in milliseconds.

What makes a compatibility is said once, in `domain.partners.matching`, of one partner; here it is
worked out for every distinct state, segment and activity, and looked up for all partners at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

import numpy as np

from domain.partners.matching import (
    CITY,
    CNAE,
    CNAE_SECONDARY,
    DISTANCE,
    FIRST,
    HALF_KM,
    NEIGHBOUR,
    SECOND,
    SECONDARY,
    SEGMENT,
    STATE,
    TEXT,
    Partner,
    Points,
    Wanted,
    nearest,
)
from domain.partners.places import NEIGHBOURS, UFS
from online_models.partners.arrays import (
    Arrays,
    Block,
    Candidate,
    Codes,
    Floats,
    counted,
    joined,
    unit,
)

EARTH_KM = 6371.0

_UF = {uf: code for code, uf in enumerate(UFS)}


class _Codes(dict[Any, int]):
    """Small numbers for values, given as they are met; they stay."""

    def __missing__(self, value: Any) -> int:
        self[value] = code = len(self)
        return code

    def of(self, values: Iterable[Any]) -> Codes:
        return np.fromiter((self[value] for value in values), np.int32)


class PartnerIndex:
    """Every partner, ready to be ranked for a lead.

    Partners come in blocks, so that a change of one costs the reading of its block. `update` may
    run in another thread than the queries: it prepares everything aside and then swaps it in.

    Examples
    --------
    >>> from domain.partners.matching import DAY_ZERO
    >>> rows = [{"id": UUID(int=n), "uf": uf} for n, uf in enumerate(("BA", "MG", "SP"))]
    >>> index = PartnerIndex()
    >>> index.update({0: [Partner.of(row) for row in rows]})
    >>> [one.partner_id.int for one in index.top(Wanted("", "SP", ""), DAY_ZERO, 2)]
    [2, 1]
    """

    def __init__(self) -> None:
        self._segments, self._places, self._cnaes = _Codes(), _Codes(), _Codes()
        self._cities: dict[str, set[tuple[int, str]]] = {}
        self._blocks: dict[int, Block] = {}
        self._all = joined([self._encoded([])])

    def __len__(self) -> int:
        return len(self._all.ids)

    def update(self, blocks: Mapping[int, Sequence[Partner]]) -> None:
        """Put blocks in place of those of the same number; an empty one removes it.

        Parameters
        ----------
        blocks
            Partners in the order of their ids; every id in a block comes before those in the next.
        """
        new = {number: self._encoded(partners) for number, partners in blocks.items()}
        kept = {number: block for number, block in (self._blocks | new).items() if block.ids}
        ordered = [kept[number] for number in sorted(kept)]
        self._all = joined(ordered or [self._encoded([])])
        self._blocks = kept

    def _encoded(self, partners: Sequence[Partner]) -> Block:
        for partner in partners:
            place = self._places[partner.uf, partner.city]
            if partner.city:
                self._cities.setdefault(partner.city, set()).add((place, partner.uf))
        return Block(
            ids=[partner.partner_id for partner in partners],
            segment=self._segments.of(partner.segment for partner in partners),
            uf=np.fromiter((_UF.get(partner.uf, len(UFS)) for partner in partners), np.int32),
            place=self._places.of((partner.uf, partner.city) for partner in partners),
            priority=np.fromiter((partner.priority for partner in partners), np.int32),
            cnae=self._cnaes.of(partner.cnae for partner in partners),
            others=self._cnaes.of(
                chain.from_iterable(("", *partner.other_cnaes) for partner in partners)
            ),
            first_other=np.cumsum(
                [0, *(1 + len(partner.other_cnaes) for partner in partners[:-1])], dtype=np.int32
            )[: len(partners)],
            words=counted([partner.text for partner in partners]),
            xyz=np.array([unit(partner.coordinates) for partner in partners]).reshape(-1, 3),
        )

    def top(
        self, wanted: Wanted, points: Points, limit: int, refused: frozenset[UUID] = frozenset()
    ) -> list[Candidate]:
        """Return the most compatible partners, the best first, those refused before last.

        Parameters
        ----------
        wanted
            What the lead looks for.
        points
            What each feature is worth.
        limit
            How many, at the most.
        refused
            Partners to come after all others.
        """
        everyone = self._all
        likeness, km = everyone.likeness(wanted.text), self._km(everyone, wanted)
        total = self._total(everyone, wanted, points) + points[TEXT] * likeness
        if km is not None:
            total += points[DISTANCE] * np.exp2(-km / HALF_KM)
        total = np.round(total, 6)
        for partner_id in refused:
            at = everyone.position(partner_id)
            if at is not None:
                total[at] -= 1000.0
        limit = min(limit, len(total))
        if not limit:
            return []
        # Ties are broken by id, which is the order of the arrays.
        least = np.partition(total, len(total) - limit)[len(total) - limit]
        enough = np.flatnonzero(total >= least)
        best = enough[np.argsort(-total[enough], kind="stable")[:limit]]
        return [everyone.candidate(int(at), likeness, km) for at in best]

    def candidate(self, wanted: Wanted, partner_id: UUID) -> Candidate | None:
        """Return what the index knows of one partner for a lead, or None when it is not there."""
        everyone = self._all
        at = everyone.position(partner_id)
        if at is None:
            return None
        return everyone.candidate(at, everyone.likeness(wanted.text), self._km(everyone, wanted))

    def _total(self, everyone: Arrays, wanted: Wanted, points: Points) -> Floats:
        """Return the points of all parts that are looked up."""
        same = self._segments.get(wanted.segment) if wanted.segment else None
        segments = np.zeros(len(self._segments))
        if same is not None:
            segments[same] = points[SEGMENT]
        states = np.zeros(len(UFS) + 1)
        if wanted.uf:
            states[[_UF[uf] for uf in NEIGHBOURS[wanted.uf]]] = points[NEIGHBOUR]
            states[_UF[wanted.uf]] = points[STATE]
        place = states[everyone.uf]
        for there in self._same_city(wanted):
            place[everyone.place == there] = points[CITY]
        main, secondary = self._nearness(everyone, wanted.activities)
        cnae = points[CNAE] * main + points[CNAE_SECONDARY] * secondary
        priorities = np.array([0.0, points[FIRST], points[SECOND], 0.0])
        total: Floats = segments[everyone.segment] + place + cnae + priorities[everyone.priority]
        return total

    def _same_city(self, wanted: Wanted) -> list[int]:
        places = self._cities.get(wanted.city, set())
        return [place for place, uf in sorted(places) if wanted.uf in {"", uf}]

    def _nearness(self, everyone: Arrays, activities: tuple[str, ...]) -> tuple[Floats, Floats]:
        """Return how near everybody's principal or, where it counts instead, secondary one is."""
        known = everyone.nearness.get(activities)
        if known is None:
            near = np.array([nearest(activities, code) for code in list(self._cnaes)])
            main, secondary = near[everyone.cnae], np.zeros(len(everyone.ids))
            if len(secondary):
                secondary = np.maximum.reduceat(near[everyone.others], everyone.first_other)
            instead = secondary * SECONDARY > main
            known = np.where(instead, 0.0, main), np.where(instead, secondary, 0.0)
            everyone.nearness[activities] = known
        return known

    def _km(self, everyone: Arrays, wanted: Wanted) -> Floats | None:
        """Return kilometres from the lead, or from the middle of the partners in its city."""
        here = np.array(unit(wanted.coordinates))
        if wanted.coordinates is None:
            there = np.isin(everyone.place, self._same_city(wanted))
            here = everyone.xyz[there].sum(axis=0)
            if not here.any():
                return None
            here /= np.linalg.norm(here)
        chord = np.sqrt(np.maximum(2.0 - 2.0 * (everyone.xyz @ here), 0.0))
        km: Floats = 2.0 * EARTH_KM * np.arcsin(np.minimum(chord / 2.0, 1.0))
        return km
