"""From a lead's state to its score, reasons, status and next action: live or replayed."""

from collections.abc import Mapping
from math import floor, inf
from typing import NamedTuple

from domain.actions import NextBestAction, next_best_action
from domain.bands import INBOX, Confirmation, Status, status_of
from domain.directions import Direction, Directions
from domain.features import Features, features
from domain.reasons import Reason, explain
from domain.rules import EVENT_RULES, MANUAL_MOVE, is_team_event
from domain.scorecard import Points, Scorecard
from domain.staleness import stale_at
from domain.state import LeadState

_TELLING = {kind: rule for kind, rule in EVENT_RULES.items() if rule.confirms or rule.withdraws}
_NEVER = (-inf, False)
_STATUSES = frozenset(Status)
_MOVE_TO = f"{MANUAL_MOVE}:"
_BACK = frozenset({INBOX, Status.CURIOUS})
"""The first column, by either name."""


def confirmations_of(state: LeadState) -> frozenset[Confirmation]:
    """Return what has been confirmed and not withdrawn since, by event time."""
    telling = [kind for kind in state.tallies if kind in _TELLING]
    if not telling:
        return frozenset()
    # When it was last confirmed or withdrawn; at the same moment the withdrawal counts.
    latest: dict[Confirmation, tuple[float, bool]] = {}
    for kind in telling:
        rule, at = _TELLING[kind], state.tallies[kind].last
        for confirmation in rule.confirms:
            latest[confirmation] = max(latest.get(confirmation, _NEVER), (at, False))
        for confirmation in rule.withdraws:
            latest[confirmation] = max(latest.get(confirmation, _NEVER), (at, True))
    return frozenset(
        [confirmation for confirmation, (_, withdrawn) in latest.items() if not withdrawn]
    )


def held_stage(state: LeadState, directions: Directions) -> str | None:
    """Return the stage a person holds the lead in, or None when the score may place it.

    A person's move is what an event says, for software writes the stage's column too. A card moved
    to a column stays there. One put back in the inbox stays there until the lead does something
    new that does not speak against it: a score held low must not rise because of a no.
    """
    if state.sent:
        return Status.SENT
    moves = [
        (tally.last, kind) for kind, tally in state.tallies.items() if kind.startswith(_MOVE_TO)
    ]
    if not moves:
        return None
    moved_at, kind = max(moves)
    stage = kind.removeprefix(_MOVE_TO)
    if stage not in _BACK:
        return stage
    released = any(
        tally.last > moved_at
        and not is_team_event(kind)
        and directions.of_event(kind) in {Direction.UP, Direction.FREE}
        for kind, tally in state.tallies.items()
    )
    return None if released else INBOX


class HeadScore(NamedTuple):
    """What a head beside the primary one says of a lead.

    Parameters
    ----------
    head
        The head's name.
    score
        0 to 100, on the scale of the head's own model.
    points
        What makes it, unrounded: reasons are made of them when somebody reads them.
    card
        What it was scored with.
    """

    head: str
    score: int
    points: Points
    card: Scorecard


class Scored(NamedTuple):
    """What one scoring of a lead says. A tuple is made in a third of a dataclass's time.

    Parameters
    ----------
    score
        0 to 100; the sum of the reasons' points.
    propensity
        Probability of the head's outcome, 0 to 1.
    status
        The status the score earns, or the one a person gave.
    reasons
        See `domain.reasons.explain`.
    action
        What to do next.
    confirmations
        What has been confirmed.
    stale_at
        When the score, or that of another head, may have moved by a point with no new event, in
        seconds since 1970.
    heads
        What the heads beside the primary one say.
    """

    score: int
    propensity: float
    status: Status
    reasons: tuple[Reason, ...]
    action: NextBestAction
    confirmations: frozenset[Confirmation]
    stale_at: float
    heads: tuple[HeadScore, ...] = ()


NO_HEADS: Mapping[str, Scorecard] = {}
"""Where only the primary head is asked."""


def score_lead(
    state: LeadState, card: Scorecard, now: float, others: Mapping[str, Scorecard] = NO_HEADS
) -> Scored:
    """Score a lead.

    Parameters
    ----------
    state
        The lead.
    card
        The scorecard of the primary head.
    now
        The moment, in seconds since 1970.
    others
        By name, the scorecards of the heads beside it.
    """
    values = features(state, now, card.directions)
    points = card.points(values)
    held = held_stage(state, card.directions)
    score, reasons = explain(points, card, held)
    confirmations = confirmations_of(state)
    status = Status(held) if held in _STATUSES else status_of(score, confirmations)
    stale = stale_at(state, card, values, now)
    heads: tuple[HeadScore, ...] = ()
    if others:
        heads, stale = _score_others(state, others, now, (card.directions, values), stale)
    return Scored(
        score,
        points.propensity,
        status,
        reasons,
        next_best_action(state, score, status, confirmations, now),
        confirmations,
        stale,
        heads,
    )


def _score_others(
    state: LeadState,
    cards: Mapping[str, Scorecard],
    now: float,
    read: tuple[Directions, Features],
    stale: float,
) -> tuple[tuple[HeadScore, ...], float]:
    """Return what the other heads say, and when the first of all scores is stale.

    Heads whose directions are the same read the same features, made once.
    """
    directions, values = read
    heads = []
    for name, card in cards.items():
        if card.directions != directions:
            directions = card.directions
            values = features(state, now, directions)
        points = card.points(values)
        score = min(max(floor(points.total + 0.5), 0), 100)
        heads.append(HeadScore(name, score, points, card))
        stale = stale_at(state, card, values, now, stale)
    return tuple(heads), stale
