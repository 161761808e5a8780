"""How good scores are on leads that taught nothing, for those who doubt them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import sqrt
from typing import Any, TypeVar

import pandas as pd
from sklearn.metrics import roc_auc_score

from domain.directions import Directions
from domain.profile import INVENTED_IDS
from domain.scorecard import Scorecard
from domain.state import DAY, HOUR
from offline.disputes import disputed
from offline.held_out import (
    AGES,
    FEWEST_LEADS,
    MODEL,
    RECENCY,
    RULES,
    HeldOut,
    converted,
    scored,
    tells,
)
from offline.history import History
from offline.kept_directions import moves
from offline.metrics import BINS, expected_calibration_error

CALLED_AT = 1 * DAY
"""Age at which calls are counted: one a lead, and most leads have done something by then."""

CALLED = 0.2
"""Share of the leads, the first in each order, that is called."""

NEWEST = 28 * DAY
"""Seconds, the last that have matured, whose leads are told of apart."""

ARRIVAL = "arrival"
"""The order in which leads came."""

Z = 1.96
"""Standard deviations on either side of a 95 % interval."""

Name = TypeVar("Name", float, str)


@dataclass(frozen=True, slots=True)
class Measure:
    """How one scorer does on a group: AUC, calibration error, and the share it said on average."""

    auc: float
    ece: float
    said: float


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the leads.

    Parameters
    ----------
    leads, converted
        How many, and how many of them converted.
    moments, happened
        Times that they were asked about, and the share of these of leads that converted.
    scorers
        By scorer.
    """

    leads: int
    converted: int
    moments: int
    happened: float
    scorers: dict[str, Measure]


@dataclass(frozen=True, slots=True)
class Calls:
    """What comes of 100 calls in one order, with the interval that holds it in 95 of 100 cases."""

    of_100: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The whole of it; times are ISO 8601, groups too small to speak of are left out.

    Parameters
    ----------
    measured_at
        When the histories were read.
    since, until
        When the first and the last of the leads came.
    leads, converted, invented
        How many, how many of them converted, and how many are the demo's.
    matured
        Whether all of them had all their time: of others only the quick outcomes are known.
    ages_hours
        At which ages they were asked about, while open.
    overall
        All of them.
    newest_since, newest
        Those of the newest four weeks that have matured.
    by_age
        By age in hours.
    by_answer
        By column, by answer.
    called, calls_of
        How many of how many leads were called in each order, a day after they came.
    calls
        What came of it, by order.
    directions
        By direction, the event types that the history has.
    orders
        By column that leads answered, its answers from the worst to the best.
    checked, against
        Events of these leads that have a direction, and how many moved the score the other way.
    disputed
        Where history contradicts a direction: the findings, as JSON values.
    """

    measured_at: str
    since: str
    until: str
    leads: int
    converted: int
    invented: int
    matured: bool
    ages_hours: list[float]
    overall: Group | None
    newest_since: str
    newest: Group | None
    by_age: list[tuple[float, Group]]
    by_answer: dict[str, list[tuple[str, Group]]]
    called: int
    calls_of: int
    calls: dict[str, Calls]
    directions: dict[str, list[str]]
    orders: dict[str, list[str]]
    checked: int
    against: int
    disputed: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return the evaluation as JSON values."""
        return asdict(self)


def evaluate(
    held_out: HeldOut, card: Scorecard, rules: Scorecard, columns: Sequence[str] = ()
) -> Evaluation:
    """Measure a model and both baselines.

    Parameters
    ----------
    held_out
        The leads.
    card
        The model, as it was when it knew the older ones alone.
    rules
        The team's rules.
    columns
        Whose answers make groups.
    """
    leads, directions, matured = held_out.newer, card.directions, held_out.matured_before
    asked = scored(held_out, card, rules)
    since = max(matured - NEWEST, held_out.cut)
    calls, called, calls_of = _calls(asked)
    checked, against = moves(leads, card)
    return Evaluation(
        measured_at=_iso(held_out.now),
        since=_iso(leads[0].created_at),
        until=_iso(leads[-1].created_at),
        leads=len(leads),
        converted=sum(map(converted, leads)),
        invented=sum(lead.lead_id.startswith(INVENTED_IDS) for lead in leads),
        matured=leads[-1].created_at <= matured,
        ages_hours=[age / HOUR for age in AGES],
        overall=_group(asked),
        newest_since=_iso(since),
        newest=_group(asked[asked["created_at"].between(since, matured)]),
        by_age=_groups((age / HOUR, asked[asked["age"] == age]) for age in AGES),
        by_answer={column: _groups(_of_answers(asked, leads, column)) for column in columns},
        called=called,
        calls_of=calls_of,
        calls=calls,
        directions=_by_direction(held_out.histories, directions),
        orders=_orders(held_out.histories, directions),
        checked=checked,
        against=against,
        disputed=[asdict(finding) for finding in disputed(held_out.histories, directions)],
    )


def _group(asked: pd.DataFrame) -> Group | None:
    """Measure the scorers on some moments; None where the leads are too few."""
    if not tells(asked):
        return None
    leads = asked.groupby("lead_id")["converted"].first()
    y = asked["converted"].to_numpy(dtype=bool)
    # A bin of few leads would be off by chance alone.
    bins = min(BINS, len(leads) // FEWEST_LEADS)
    measures = {}
    for name in (MODEL, RULES, RECENCY):
        p = asked[name].to_numpy(dtype=float)
        auc, ece = float(roc_auc_score(y, p)), expected_calibration_error(y, p, bins)
        measures[name] = Measure(auc, ece, float(p.mean()))
    return Group(len(leads), int(leads.sum()), len(asked), float(y.mean()), measures)


def _groups(parts: Iterable[tuple[Name, pd.DataFrame]]) -> list[tuple[Name, Group]]:
    """Measure each part that is large enough."""
    return [(name, group) for name, part in parts if (group := _group(part))]


def _of_answers(
    asked: pd.DataFrame, leads: Sequence[History], column: str
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the moments of the leads that gave an answer, the most frequent answer first."""
    answers = {lead.lead_id: lead.profile.get(column) for lead in leads}
    given = asked["lead_id"].map(answers)
    named = Counter(answer for answer in answers.values() if isinstance(answer, str))
    for answer, _ in named.most_common():
        yield answer, asked[given == answer]


def _calls(asked: pd.DataFrame) -> tuple[dict[str, Calls], int, int]:
    """Return what comes of calls in each order, how many are made, and of how many leads.

    Leads that are open a day after they came are put in order by what was said of them then, and
    the first fifth is called. Calling in order of arrival prefers nobody, so it reaches what all
    of them come to.
    """
    due = asked[asked["age"] == CALLED_AT]
    if not tells(due):
        return {}, 0, 0
    called = round(CALLED * len(due))
    orders = {ARRIVAL: due["converted"]}
    for name in (MODEL, RULES, RECENCY):
        first = due.sort_values(name, ascending=False, kind="stable").head(called)
        orders[name] = first["converted"]
    return {name: _interval(int(y.sum()), len(y)) for name, y in orders.items()}, called, len(due)


def _interval(converted: int, called: int) -> Calls:
    """Return how many of 100 convert, with Wilson's interval.

    Source: Wilson (1927), *Probable inference, the law of succession, and statistical inference*.
    """
    share, z = converted / called, Z * Z / called
    middle = (share + z / 2) / (1 + z)
    half = Z / (1 + z) * sqrt(share * (1 - share) / called + z / (4 * called))
    return Calls(100 * share, 100 * (middle - half), 100 * (middle + half))


def _by_direction(histories: Iterable[History], directions: Directions) -> dict[str, list[str]]:
    """Return the event types that happened, by direction."""
    kinds = sorted({kind for lead in histories for kind, _ in lead.events})
    found: dict[str, list[str]] = {}
    for kind in kinds:
        found.setdefault(str(directions.of_event(kind)), []).append(kind)
    return found


def _orders(histories: Iterable[History], directions: Directions) -> dict[str, list[str]]:
    """Return the orders of the columns that leads answered."""
    answered = {column for lead in histories for column in lead.profile}
    orders = directions.orders.items()
    return {column: list(answers) for column, answers in orders if column in answered}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
