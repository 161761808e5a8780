"""Alerts and their motives: what is said of a lead that somebody should act on."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import inf
from typing import NamedTuple

from domain.actions import Channel
from domain.alerts.peers import NO_PEERS, Peers
from domain.bands import HOT
from domain.heads import Head
from domain.scoring import HeadScore, Scored
from domain.state import DAY, LeadState

WEEK = 7 * DAY


class Motive(StrEnum):
    """Why somebody should act; of the same lead the first of each group says enough."""

    WAITING = "waiting"
    """The lead is hot, and nobody answered."""
    JUMPED = "jumped"
    """Its score rose by so many points within an hour."""
    LEAVING = "leaving"
    """The customer will likely buy no more, by the head that asks it."""
    SLIPPING = "slipping"
    """A loyal customer buys less than it used to, by the last quarter or by its silence."""
    DUE = "due"
    """The day has come on which the customer usually buys again."""
    CAPTURE = "capture"
    """The customer buys less of a family than others do, beside all the rest."""


GROUPS = (
    (Motive.WAITING, Motive.JUMPED),
    (Motive.LEAVING, Motive.SLIPPING, Motive.DUE),
    (Motive.CAPTURE,),
)

THRESHOLDS: Mapping[str, float] = {
    Motive.WAITING: HOT,
    Motive.JUMPED: 15,
    Motive.LEAVING: 0.6,
    Motive.SLIPPING: 0.5,
    Motive.DUE: 1.0,
    Motive.CAPTURE: 0.02,
}
"""From what each holds, unless the team says otherwise: a score, points, a chance, a share of the
usual pace, usual gaps since the last purchase, and the share of the others who buy so little."""

A_WEEK = 500
"""Alerts of a motive that are opened in a week at the most, unless the team says otherwise."""


class Result(StrEnum):
    """What came of an alert. It was right unless it was wrong; `NOT_NOW` says neither."""

    WON = "won"
    LOST = "lost"
    NOT_NOW = "not_now"
    WRONG = "wrong"


class Over(StrEnum):
    """Why a motive holds no longer."""

    SENT = "sent"
    ANSWERED = "answered"
    BOUGHT = "bought"
    COOLED = "cooled"
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"
    OTHER = "other"
    """Another alert of the lead says more."""
    OFF = "off"
    """The team looks for it no more."""
    SURPLUS = "surplus"
    """More were opened this week than the team can work on."""
    HELD_BACK = "held_back"
    """An experiment has the lead go without."""


class Recommendation(StrEnum):
    """What to do about an alert."""

    ANSWER = "answer"
    REORDER = "reorder"
    ASK = "ask"
    WIN_BACK = "win_back"
    OFFER = "offer"


Facts = dict[str, float | str]
"""What is said of an alert, by name: numbers, moments in seconds since 1970, a family."""


class Alert(NamedTuple):
    """A motive that holds.

    Parameters
    ----------
    motive
        Why somebody should act.
    head
        Whose reasons are given; empty for the primary head.
    impact
        The money at stake.
    since
        Since when it holds. One who is done with it is not bothered again for the same moment.
    lost_at
        When what is at stake is likely lost.
    facts
        What is said of it.
    reasons
        The three that say most, and the rest as one, which add up to the head's score.
    recommendation, channel
        What to do, and where.
    """

    motive: Motive
    head: str
    impact: float
    since: float
    lost_at: float
    facts: Facts
    reasons: list[tuple[str, int]]
    recommendation: Recommendation
    channel: Channel


class Judged(NamedTuple):
    """What is to be said of a motive.

    Parameters
    ----------
    said
        The alert, or why there is none; None where what was said of it before still counts.
    until
        When that may change by time alone.
    """

    said: Alert | Over | None
    until: float = inf


def urgency(lost_at: float, now: float) -> float:
    """Return how urgent it is, 0 to 1: 1 when it is lost, a half a week before.

    ``galope.urgency`` says the same.

    Examples
    --------
    >>> urgency(WEEK, 0.0), urgency(0.0, WEEK)
    (0.5, 1.0)
    """
    return 1.0 / (1.0 + max(lost_at - now, 0.0) / WEEK)


class Case(NamedTuple):
    """A lead as motives are judged by it.

    Parameters
    ----------
    state, scored
        The lead, and how it was just scored.
    before
        The score it had, or None for its first.
    now
        The moment of scoring.
    leaving
        What the head says that asks who leaves; None where none does.
    peers
        What customers buy of each family.
    low
        The lowest score that it may have had within the last hour.
    """

    state: LeadState
    scored: Scored
    before: int | None
    now: float
    leaving: HeadScore | None = None
    peers: Peers = NO_PEERS
    low: int = 0


def head_of_leaving(heads: Iterable[Head]) -> str | None:
    """Return the name of the head that asks who leaves: the first that silence answers with yes.

    Examples
    --------
    >>> from domain.heads import BUY_90D, CHURN_90D
    >>> head_of_leaving([BUY_90D, CHURN_90D])
    'churn_90d'
    """
    return next((head.name for head in heads if head.silence_converts), None)
