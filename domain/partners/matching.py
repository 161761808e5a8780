"""Which partners suit a lead: what speaks for one, its compatibility, and why.

Everything here is additive, as the lead's own score is: each part brings points, and the parts are
the compatibility, to the integer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from domain.partners.cnae import code_of, nearness
from domain.partners.places import NEIGHBOURS, Coordinates, city_of, coordinates_of, uf_of
from domain.partners.segments import ACTIVITIES, SEGMENTS, segment_of, segment_of_cnae
from domain.reasons import rounded

SEGMENT = "segment"
CITY = "city"
STATE = "state"
NEIGHBOUR = "neighbour"
CNAE = "cnae"
CNAE_SECONDARY = "cnae_secondary"
FIRST = "priority_1"
SECOND = "priority_2"
TEXT = "text"
DISTANCE = "distance"
NONE = "none"
"""The reason when nothing speaks for a partner."""

PARTS: dict[str, tuple[str, ...]] = {
    "segment": (SEGMENT,),
    "place": (CITY, STATE, NEIGHBOUR),
    "cnae": (CNAE, CNAE_SECONDARY),
    "priority": (FIRST, SECOND),
    "text": (TEXT,),
    "distance": (DISTANCE,),
}
"""The parts of a compatibility, and the features that make each; of one part a partner has one."""

DAY_ZERO: dict[str, float] = {
    SEGMENT: 30.0,
    CITY: 25.0,
    STATE: 18.0,
    NEIGHBOUR: 9.0,
    CNAE: 20.0,
    CNAE_SECONDARY: 14.0,
    FIRST: 10.0,
    SECOND: 5.0,
    TEXT: 10.0,
    DISTANCE: 5.0,
}
"""Points of a feature at 1 before anybody has kept or refused a partner. The best of each part add
up to 100."""

SECONDARY = 0.7
"""A secondary activity counts instead of the principal one when it is nearer by more than this."""

HALF_KM = 100.0
"""Kilometres in which closeness halves."""

MOST_REASONS = 3

Points = Mapping[str, float]
"""What a feature is worth, by name; the best of each part add up to 100."""

Features = dict[str, float]
"""What speaks for a partner, 0 to 1 each, by name. Absent means zero."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lead looks for.

    Parameters
    ----------
    segment, uf, city
        Normalised; empty where not known.
    activities
        CNAE codes that serve the segment.
    text
        Interest and notes.
    coordinates
        Where the lead says it is; None where it does not.
    """

    segment: str
    uf: str
    city: str
    activities: tuple[str, ...] = ()
    text: str = ""
    coordinates: Coordinates | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any], notes: str = "") -> "Wanted":
        """Return what a row of ``leads`` and its notes ask for.

        Examples
        --------
        >>> Wanted.of({"segmento_interesse": "Cavalos", "uf": "mg", "cidade": "Uberaba"}).city
        'uberaba'
        """
        segment = segment_of(row.get("segmento_interesse"))
        known = SEGMENTS.get(segment)
        return cls(
            segment,
            uf_of(row.get("uf")),
            city_of(row.get("cidade")),
            tuple(known.activities) if known else (),
            f"{row.get('segmento_interesse') or ''} {notes}",
            coordinates_of(row),
        )


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner as it is compared.

    Parameters
    ----------
    partner_id
        As in the ``partners`` table.
    segment, uf, city
        Normalised; empty where not known. Without a segment of its own, that of its activity.
    cnae, other_cnaes
        The principal activity and the secondary ones, as `domain.partners.cnae.code_of` returns
        them.
    priority
        1 to 3; 1 is best.
    text
        Names, segment and what its registered activities are.
    coordinates
        Where its address says it is.
    """

    partner_id: UUID
    segment: str
    uf: str
    city: str
    cnae: str
    other_cnaes: tuple[str, ...]
    priority: int
    text: str
    coordinates: Coordinates | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Partner":
        """Return what a row of ``partners`` says; what can't be read counts as not known.

        Examples
        --------
        >>> from uuid import UUID
        >>> Partner.of({"id": UUID(int=1), "uf": "SP", "cnae_principal": "0152-1/02"}).segment
        'CAVALOS'
        """
        cnae = code_of(row.get("cnae_principal"))
        others = tuple(filter(None, map(code_of, row.get("cnaes_secundarios") or ())))
        done = [ACTIVITIES[code] for code in (cnae, *others) if code in ACTIVITIES]
        names = (row.get("razao_social"), row.get("nome_fantasia"), row.get("segmento"))
        return cls(
            row["id"],
            segment_of(row.get("segmento")) or segment_of_cnae(cnae),
            uf_of(row.get("uf")),
            city_of(row.get("municipio_nome")),
            cnae,
            others,
            priority_of(row.get("prioridade")),
            " ".join([*filter(None, names), *done]),
            coordinates_of(row.get("endereco")),
        )


def priority_of(written: object) -> int:
    """Return a priority from 1, best, to 3; 2 where none is given.

    Examples
    --------
    >>> [priority_of(one) for one in (None, 0, 1, 3, 9)]
    [2, 1, 1, 3, 3]
    """
    return min(max(written, 1), 3) if isinstance(written, int) else 2


def place_of(wanted: Wanted, partner: Partner) -> str:
    """Return the feature that says how near the two cities or states are; empty when not at all.

    A lead without a state is taken by its city's name alone.
    """
    if wanted.city and wanted.city == partner.city and wanted.uf in {"", partner.uf}:
        return CITY
    if not wanted.uf:
        return ""
    if wanted.uf == partner.uf:
        return STATE
    return NEIGHBOUR if partner.uf in NEIGHBOURS[wanted.uf] else ""


@lru_cache(maxsize=10_000)
def nearest(activities: tuple[str, ...], code: str) -> float:
    """Return how near a code is to the nearest of some activities, 0 to 1."""
    return max((nearness(code, activity) for activity in activities), default=0.0)


def activity_of(wanted: Wanted, partner: Partner) -> tuple[str, float]:
    """Return the feature of a partner's most fitting activity, and how near that is, 0 to 1."""
    main = nearest(wanted.activities, partner.cnae)
    secondary = max((nearest(wanted.activities, code) for code in partner.other_cnaes), default=0.0)
    return (CNAE_SECONDARY, secondary) if secondary * SECONDARY > main else (CNAE, main)


def features(
    wanted: Wanted, partner: Partner, likeness: float = 0.0, km: float | None = None
) -> Features:
    """Return what speaks for a partner.

    Parameters
    ----------
    wanted, partner
        The two that are compared.
    likeness
        Of their texts, 0 to 1.
    km
        Between them; None where it is not known.
    """
    place = place_of(wanted, partner)
    activity, near = activity_of(wanted, partner)
    values = {
        SEGMENT: float(bool(wanted.segment) and wanted.segment == partner.segment),
        place: 1.0,
        activity: near,
        FIRST: float(partner.priority == 1),
        SECOND: float(partner.priority == 2),  # noqa: PLR2004 - priorities are 1, 2 and 3
        TEXT: min(max(likeness, 0.0), 1.0),
        DISTANCE: 0.0 if km is None else 2.0 ** (-km / HALF_KM),
    }
    return {name: x for name, x in values.items() if x and name}


class MatchReason(NamedTuple):
    """One reason for a partner.

    Parameters
    ----------
    code
        A feature, or `NONE`.
    points
        What it adds to the compatibility.
    """

    code: str
    points: int


@dataclass(frozen=True, slots=True)
class PartnerMatch:
    """A partner proposed for a lead.

    Parameters
    ----------
    partner_id
        Whom it is about.
    total
        The compatibility before rounding, 0 to 100; what partners are ranked by.
    compatibility
        The same as a whole number.
    parts
        Whole points of every one of `PARTS`; they add up to the compatibility.
    reasons
        One to three, the largest first.
    km
        Between the two; None where it is not known.
    """

    partner_id: UUID
    total: float
    compatibility: int
    parts: dict[str, int]
    reasons: tuple[MatchReason, ...]
    km: float | None = None


def match(
    partner_id: UUID, values: Features, points: Points = DAY_ZERO, km: float | None = None
) -> PartnerMatch:
    """Return a partner's compatibility with its parts and reasons.

    Examples
    --------
    >>> said = match(UUID(int=1), {"segment": 1.0, "neighbour": 1.0, "cnae": 0.8})
    >>> said.compatibility, [tuple(reason) for reason in said.reasons]
    (55, [('segment', 30), ('cnae', 16), ('neighbour', 9)])
    """
    worth = [
        sum(points[feature] * values.get(feature, 0.0) for feature in of) for of in PARTS.values()
    ]
    parts = dict(zip(PARTS, rounded(worth), strict=True))
    reasons = [
        MatchReason(feature, parts[part])
        for part, of in PARTS.items()
        for feature in of
        if feature in values
    ]
    reasons = sorted(
        (reason for reason in reasons if reason.points), key=lambda reason: -reason.points
    )
    return PartnerMatch(
        partner_id,
        sum(worth),
        sum(parts.values()),
        parts,
        tuple(reasons[:MOST_REASONS]) or (MatchReason(NONE, 0),),
        km,
    )


def ranked(
    matches: Iterable[PartnerMatch], refused: frozenset[UUID] = frozenset()
) -> Sequence[PartnerMatch]:
    """Return matches in order: the most compatible first, those refused before last.

    Equal ones follow their ids, so that the order is total and the same every time.
    """
    return sorted(
        matches,
        key=lambda candidate: (
            candidate.partner_id in refused,
            -round(candidate.total, 6),
            candidate.partner_id,
        ),
    )
