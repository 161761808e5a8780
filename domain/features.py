"""What a model reads of a lead at one moment: names and numbers, zero meaning "nothing known".

A feature is named ``signal|aspect``. All aspects of one signal make one reason, so a person reads
"clicked the button" once, whatever the model makes of how often and how recently. Zeros are left
out.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import exp2, log1p
from typing import NamedTuple

from domain.attributes import logarithm, recent_amount
from domain.directions import SIGN, Direction, Directions
from domain.rhythm import rhythm_features
from domain.state import BURST, DAY, HOUR, LeadState, Tally

Features = dict[str, float]
"""One prediction's numbers by name."""

COUNT = "count"
RECENT = "recent"
SOON = "soon"
NUMBER = "number"
RANK = "rank"

HOURS_KNOWN = "timing|hours_known"
HOURS_BETWEEN = "timing|hours_between"
HOURS_QUIET = "quiet|hours"
SINCE_UP = "quiet|since_up"
SINCE_DOWN = "quiet|since_down"

LABEL = "label:"
AMOUNT = "amount"
AMOUNT_SUM = f"{AMOUNT}|sum"
AMOUNT_RECENT = f"{AMOUNT}|{RECENT}"
RETURNS = f"returns|{COUNT}"

LONG_AGO = log1p(90 * DAY / HOUR)
"""Logarithm of the hours after which it makes no difference when something was."""

FARTHEST = 24.0
"""Half-lives that an event may lie ahead of the reader's clock: usable events lie no further."""


def signal_of(feature: str) -> str:
    """Return the signal that a feature is an aspect of.

    Examples
    --------
    >>> signal_of("event:cta_click|recent")
    'event:cta_click'
    """
    return feature.partition("|")[0]


def event_signal(event_type: str) -> str:
    """Return the signal of an event type.

    Examples
    --------
    >>> event_signal("cta_click")
    'event:cta_click'
    """
    return "event:" + event_type.replace("|", "/")


class EventFeatures(NamedTuple):
    """Names of an event type's features: how many, how many lately, and how soon the first came."""

    total: str
    recent: str
    soon: str


@lru_cache(maxsize=10_000)
def event_features(event_type: str) -> EventFeatures:
    """Return the names of an event type's features."""
    signal = event_signal(event_type)
    return EventFeatures(f"{signal}|{COUNT}", f"{signal}|{RECENT}", f"{signal}|{SOON}")


def recent(tally: Tally, now: float) -> float:
    """Return an event type's recent count; with time alone it only falls.

    Every event adds to it, one dated ahead of the clock too.
    """
    return log1p(tally.decayed * exp2(min((tally.last - now) / BURST, FARTHEST)))


def hours(since: float, now: float) -> float:
    """Return how long ago something was; with time alone it only rises."""
    age = now - since
    return log1p(age / HOUR) if age > 0.0 else 0.0


def soon(since: float, now: float) -> float:
    """Return how soon something was: the more the sooner, zero like nothing at all when late."""
    return max(LONG_AGO - hours(since, now), 0.0)


@lru_cache(maxsize=10_000)
def answer_feature(column: str, answer: float | str) -> tuple[str, float]:
    """Return the feature of an answer without an order, and its value."""
    if isinstance(answer, str):
        return f"profile:{column}|{answer.casefold()}", 1.0
    return f"profile:{column}|{NUMBER}", log1p(answer) if answer >= 0 else -log1p(-answer)


def features(state: LeadState, now: float, directions: Directions) -> Features:
    """Return what the model reads of a lead at one moment.

    Parameters
    ----------
    state
        The lead's folded events and profile.
    now
        The moment, in seconds since 1970. Events dated later count as happening now.
    directions
        Those of the model. An event touches the features of its own direction, and no others.

    Returns
    -------
    Features
        Logarithms of counts, decayed counts and hours; profile numbers; 1.0 for each answer given.
    """
    values: Features = {HOURS_KNOWN: hours(state.created_at, now)}
    latest: dict[Direction, float] = {}
    free: list[Tally] = []
    of_event = directions.of_event
    for event_type, tally in state.tallies.items():
        direction = of_event(event_type)
        if direction is Direction.NONE:
            continue
        names = event_features(event_type)
        values[names.total] = log1p(tally.count)
        values[names.recent] = recent(tally, now)
        if direction is Direction.UP:
            values[names.soon] = soon(state.created_at, tally.first)
        elif direction is Direction.FREE:
            free.append(tally)
        if direction not in latest or tally.last > latest[direction]:
            latest[direction] = tally.last
    if Direction.UP in latest:
        values[SINCE_UP] = soon(latest[Direction.UP], now)
    if Direction.DOWN in latest:
        values[SINCE_DOWN] = soon(latest[Direction.DOWN], now)
    if free:
        _read_pace(values, free, latest[Direction.FREE], now)
    for column, answer in state.profile.items():
        _read_answer(values, column, answer, directions)
    _read_attributes(values, state, now, directions.attributes)
    return values


def label_signal(label: str) -> str:
    """Return the signal of a label that events carry."""
    return f"{LABEL}{label}"


def _read_attributes(
    values: Features, state: LeadState, now: float, directions: Mapping[str, Direction]
) -> None:
    """Read what events carried: how often each label, the amounts' sums, and when they came."""
    for label, tally in state.labels.items():
        if directions.get(label) is not Direction.NONE:
            values[f"{label_signal(label)}|{COUNT}"] = log1p(tally.count)
    if state.amounts.count and directions.get(AMOUNT) is not Direction.NONE:
        values[AMOUNT_SUM] = logarithm(state.amounts.sum)
        values[AMOUNT_RECENT] = recent_amount(state.amounts, now)
        if state.amounts.purchases:
            values |= rhythm_features(state.amounts.purchases, now)
        if state.amounts.returns:
            values[RETURNS] = log1p(state.amounts.returns)


def _read_pace(values: Features, free: Iterable[Tally], last: float, now: float) -> None:
    """Read how long ago the last event without a direction was, and the one before it."""
    times = [tally.last for tally in free]
    times.remove(last)
    times += [tally.previous for tally in free if tally.previous is not None]
    values[HOURS_QUIET] = hours(last, now)
    if times:
        values[HOURS_BETWEEN] = hours(max(times), last)


def _read_answer(
    values: Features, column: str, answer: float | str, directions: Directions
) -> None:
    if directions.answers.get(column) is Direction.NONE:
        return
    ranks = directions.ranks.get(column)
    rank = ranks.get(answer.casefold()) if ranks and isinstance(answer, str) else None
    if rank is None:
        name, value = answer_feature(column, answer)
        values[name] = value
    else:
        values[f"profile:{column}|{RANK}"] = rank


def signs(names: Iterable[str], directions: Directions) -> dict[str, int]:
    """Return, of the features that have a direction, the sign that each step of theirs must have.

    Parameters
    ----------
    names
        Features.
    directions
        What was promised.

    Examples
    --------
    >>> signs(["event:cta_click|recent", "timing|hours_known"],
    ...       Directions({"cta_click": Direction.UP}))
    {'event:cta_click|recent': 1}
    """
    events = {event_signal(kind): direction for kind, direction in directions.events.items()}
    answers = {f"profile:{column}": direction for column, direction in directions.answers.items()}
    carried = {
        name if name == AMOUNT else label_signal(name): direction
        for name, direction in directions.attributes.items()
    }
    by_signal = {**events, **answers, **carried}
    by_name = {SINCE_UP: 1, SINCE_DOWN: -1}
    for name in names:
        signal, _, aspect = name.partition("|")
        sign = SIGN.get(by_signal.get(signal, Direction.FREE), 0)
        if sign or aspect == RANK:
            by_name[name] = sign or 1
    return {name: by_name[name] for name in names if name in by_name}
