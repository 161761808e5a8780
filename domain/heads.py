"""Heads: the questions asked of a lead."""

from dataclasses import dataclass

from domain.bands import Status
from domain.rules import MANUAL_MOVE
from domain.state import DAY


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
        Seconds from the lead's creation after which silence is a no.
    """

    name: str
    converts: frozenset[str]
    loses: frozenset[str]
    horizon: float

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


def qualify(
    converts: frozenset[str] = CONVERTS,
    loses: frozenset[str] = LOSES,
    days: int = HORIZON_DAYS,
) -> Head:
    """Return the head that asks whether a lead qualifies within so many days."""
    name = "qualify" if days == HORIZON_DAYS else f"qualify_{days}d"
    return Head(name, converts, loses, days * DAY)


QUALIFY = qualify()
"""Whether a lead qualifies within 30 days."""
