"""Heads: the questions asked of a lead."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any

from domain.bands import Status
from domain.rules import MANUAL_MOVE
from domain.state import DAY


class Anchor(StrEnum):
    """From when a head's horizon counts."""

    CREATED = "created"
    """From the lead's creation: the question is asked once."""
    ROLLING = "rolling"
    """From any moment: the question is asked anew, and what happens after the moment answers it."""


@dataclass(frozen=True, slots=True)
class Head:
    """One question asked of a lead: whether one of these happens within the horizon.

    Parameters
    ----------
    name
        Stored beside its models, outcomes and predictions.
    converts
        Event types that answer yes, and columns of the lead with the value that does, as in
        ``status:ENVIADO``; they are things people did, never a status the scorer wrote. A value
        of ``*`` is any, and where that is a time, the time of the answer.
    loses
        The same for no.
    horizon
        Seconds from the anchor after which silence answers too.
    anchor
        From when the horizon counts.
    primary
        Whether it drives scores, bands and the board; one head does.
    """

    name: str
    converts: frozenset[str]
    loses: frozenset[str]
    horizon: float
    anchor: Anchor = Anchor.CREATED
    primary: bool = False

    @property
    def silence_converts(self) -> bool:
        """Whether silence is a yes: so it is where only a no is an event, as of who leaves."""
        return not self.converts

    @property
    def decisive(self) -> frozenset[str]:
        """Event types and columns that answer, either way."""
        return self.converts | self.loses

    @property
    def columns(self) -> frozenset[str]:
        """Of what answers, the columns with their values."""
        return frozenset(
            name for name in self.decisive if ":" in name and not name.startswith(MANUAL_MOVE)
        )

    def to_json(self) -> dict[str, Any]:
        """Return a head that is not the primary one as JSON values; `from_json` reads them back."""
        return {
            "name": self.name,
            "converts": sorted(self.converts),
            "loses": sorted(self.loses),
            "horizon_days": self.horizon / DAY,
            "anchor": str(self.anchor),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Head":
        """Return the head that `to_json` wrote."""
        return cls(
            values["name"],
            frozenset(values["converts"]),
            frozenset(values["loses"]),
            values["horizon_days"] * DAY,
            Anchor(values["anchor"]),
        )


CONVERTS = frozenset(
    {
        "handoff",
        f"{MANUAL_MOVE}:{Status.QUALIFIED}",
        f"{MANUAL_MOVE}:{Status.SENT}",
        f"status:{Status.SENT}",
    }
)
"""What says that a lead qualified, unless the team says otherwise."""

LOSES = frozenset({"discard", "invalid_contact", "lost_interest"})
"""What says that it did not."""

HORIZON_DAYS = 30

PRIMARY = "qualify"
"""What the primary head is called where nobody says otherwise."""


def qualify(
    converts: frozenset[str] = CONVERTS,
    loses: frozenset[str] = LOSES,
    days: int = HORIZON_DAYS,
    name: str = PRIMARY,
) -> Head:
    """Return the primary head, which asks whether a lead qualifies within so many days."""
    named = name if days == HORIZON_DAYS else f"{name}_{days}d"
    return Head(named, converts, loses, days * DAY, primary=True)


QUALIFY = qualify()
"""Whether a lead qualifies within 30 days."""

PURCHASE = "purchase"
"""Event type of a purchase, unless a source says otherwise."""

BUY_90D = Head("buy_90d", frozenset({PURCHASE}), frozenset(), 90 * DAY, Anchor.ROLLING)
"""Whether a customer buys within 90 days from any moment."""

CHURN_90D = Head("churn_90d", frozenset(), frozenset({PURCHASE}), 90 * DAY, Anchor.ROLLING)
"""Whether a customer buys nothing in that time."""

READY_MADE = (BUY_90D, CHURN_90D)
"""Heads that need no declaration to be asked offline."""


def why_unusable(heads: Sequence[Head]) -> str | None:
    """Return why heads can't be asked beside one another, or None when they can.

    Examples
    --------
    >>> why_unusable([QUALIFY, BUY_90D]) is None
    True
    >>> why_unusable([QUALIFY, BUY_90D, BUY_90D])
    'two heads are called buy_90d'
    """
    for head in heads:
        if reason := _why_unanswerable(head):
            return f"head {head.name}: {reason}"
    name, times = Counter(head.name for head in heads).most_common(1)[0]
    if times > 1:
        return f"two heads are called {name}"
    primary = [head.name for head in heads if head.primary]
    if len(primary) != 1:
        named = " and ".join(primary) or "none"
        return f"one head is primary, which drives the board, and here it is {named}"
    return None


def _why_unanswerable(head: Head) -> str | None:
    if not head.decisive:
        return "it names no event: say which ones are a yes, or which a no"
    if both := sorted(head.converts & head.loses):
        return f"{both[0]} is a yes and a no"
    if not 0.0 < head.horizon < inf:
        return "its horizon must be longer than 0 days"
    if head.primary and head.anchor is Anchor.ROLLING:
        return "the primary head is asked once, from a lead's creation: it can't be rolling"
    if head.silence_converts and head.anchor is Anchor.CREATED:
        return "from a lead's creation silence is no yes: say which events are"
    return None
