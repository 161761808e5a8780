"""One rescoring as the columns that are written back."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from domain.actions import Draw, left_alone_until
from domain.bands import Status
from domain.catalogue import Catalogue
from domain.policy import OURS, Policy
from domain.reasons import START
from domain.scoring import Scored
from domain.state import HOUR, LeadState
from stream.cache import CachedLead
from stream.cursor import TransactionSnapshot


class Rescore(NamedTuple):
    """A lead scored anew.

    Parameters
    ----------
    lead_id, lead
        The lead, as it was scored.
    before
        The score it had, or None for its first.
    scored
        What the scoring says.
    cause
        The event type that changed it, or ``lead``, ``rebuild``, ``time`` or ``model``.
    scored_at
        The moment it was scored as of, in seconds since 1970.
    due_at
        When it is scored again without a change, in seconds since 1970; infinite for never.
    """

    lead_id: UUID
    lead: CachedLead
    before: int | None
    scored: Scored
    cause: str
    scored_at: float
    due_at: float


SUGGEST = "suggest"
"""Where the next action's columns are filled with what is suggested."""


def suggestion(state: LeadState, status: Status) -> str:
    """Tell whether the next action's columns are filled, blanked, or left as a person wrote them.

    An action a person saved is theirs. One they cleared stays clear until the lead does something
    new, and a lead that was sent has only the actions people give it.
    """
    saved, cleared = (
        state.tallies.get(kind) for kind in ("next_action_saved", "next_action_cleared")
    )
    if saved is not None and (cleared is None or saved.last > cleared.last):
        return "keep"
    if cleared is not None and (state.moved is None or cleared.last >= state.moved):
        return "blank"
    return "blank" if status is Status.SENT else SUGGEST


def _draw(draw: Draw | None) -> dict[str, Any]:
    """Return how an action was drawn, as it stands on the lead."""
    if draw is None:
        return {}
    chances = {action.value: round(chance, 3) for action, chance in draw.chances.items()}
    said = {"suggested": draw.suggested, "preferred": draw.is_preferred, "chances": chances}
    return {"draw": said}


class Row(NamedTuple):
    """A rescoring as Postgres takes it: ``galope.rescore``, in the order of its fields."""

    lead_id: UUID
    state: str
    built: TransactionSnapshot | None
    before: int | None
    score: int
    status: str
    reasons: str
    action: str
    suggestion: str
    points: str
    probability: float
    cause: str
    scored_at: float
    due_at: float


class HeadRow(NamedTuple):
    """What another head says of a lead: ``galope.head_score``, in the order of its fields."""

    lead_id: UUID
    head: str
    score: int
    probability: float
    points: str
    cause: str
    scored_at: float
    model_version: int
    learned: int


class AlertRow(NamedTuple):
    """What is said of a motive of a lead: ``galope.alert_said``, in the order of its fields."""

    lead_id: UUID
    motive: str
    over: str | None
    head: str | None
    impact: float | None
    since: float | None
    lost_at: float | None
    facts: str | None
    reasons: str | None
    recommendation: str | None
    channel: str | None
    at: float


class Writeback:
    """Turns rescorings into column values, in one language and time zone.

    Parameters
    ----------
    words
        The language's catalogue.
    zone
        For the dates and hours of next actions.
    """

    def __init__(self, words: Catalogue, zone: ZoneInfo) -> None:
        self._words = words
        self._zone = zone
        self.follow(OURS)

    def follow(self, policy: Policy) -> None:
        """Go by this policy from now on."""
        self._quiet_hours = policy.quiet_hours
        self._between = policy.hours_between_contacts * HOUR

    def row(self, rescore: Rescore) -> Row:
        """Return a rescoring as it is now: the lead's state goes on changing."""
        scored, state = rescore.scored, rescore.lead.state
        return Row(
            rescore.lead_id,
            self.state(rescore.lead),
            rescore.lead.built,
            rescore.before,
            scored.score,
            scored.status,
            self.reasons(rescore),
            self._action(scored, state),
            suggestion(state, scored.status),
            orjson.dumps([(reason.code, reason.points) for reason in scored.reasons]).decode(),
            scored.propensity,
            rescore.cause,
            rescore.scored_at,
            rescore.due_at,
        )

    @staticmethod
    def heads(rescore: Rescore) -> list[HeadRow]:
        """Return what the heads beside the primary one say in a rescoring."""
        return [
            HeadRow(
                rescore.lead_id,
                head,
                score,
                points.propensity,
                orjson.dumps([*points.by_signal.items(), (START, points.start)]).decode(),
                rescore.cause,
                rescore.scored_at,
                card.version,
                card.learned,
            )
            for head, score, points, card in rescore.scored.heads
        ]

    @staticmethod
    def state(lead: CachedLead) -> str:
        """Return a lead's state as JSON, as it is now."""
        return orjson.dumps(lead.state.as_json()).decode()

    def reasons(self, rescore: Rescore) -> str:
        """Return a rescoring's reasons as JSON: in words, and as codes for any language."""
        lines = self._words.lines(rescore.scored.reasons, rescore.lead.state)
        return orjson.dumps(lines).decode()

    def _action(self, scored: Scored, state: LeadState) -> str:
        action = scored.action
        free_at = left_alone_until(state, action.action, self._between)
        waits = free_at > action.due_at
        due_at = datetime.fromtimestamp(free_at if waits else action.due_at, self._zone)
        if self._quiet_hours is not None:
            due_at = self._quiet_hours.over(due_at)
        stored = {
            "code": action.action,
            "channel": action.channel,
            "due_at": due_at.isoformat(timespec="minutes"),
            "missing": action.missing,
            "text": self._words.action(action),
        } | _draw(action.draw)
        if waits:
            stored["after_contact"] = True
        return orjson.dumps(stored | {"why": self._words.why(stored, scored.score)}).decode()
