"""Segments of customers, by when they last bought, how often, and for how much."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

CENTURY = 36_500.0
"""Days within which everybody has bought who is a customer."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One row of the table of bounds.

    Parameters
    ----------
    name
        Galope's own have words in each language; a team's is shown as it is.
    days
        Since the last order, at the most.
    orders
        At least; purchases of one day are one.
    spent
        At least, as a multiple of what a customer spent on average.
    """

    name: str
    days: float = CENTURY
    orders: int = 1
    spent: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether every customer is within its bounds."""
        return self.days >= CENTURY and self.orders <= 1 and self.spent <= 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values; `from_json` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Segment":
        """Return the segment that `to_json` wrote."""
        return cls(**values)


SEGMENTS = (
    Segment("champions", days=60, orders=6, spent=1.0),
    Segment("loyal", days=120, orders=4),
    Segment("promising", days=120),
    Segment("at_risk", days=365, orders=4),
    Segment("hibernating", days=365),
    Segment("lost"),
)
"""What counts where the team decided nothing, for a trade in which many buy every month or two."""


def segment_of(days: float, orders: int, spent: float, segments: Sequence[Segment]) -> str:
    """Return the name of the first segment within whose bounds a customer is.

    Parameters
    ----------
    days
        Since the last order.
    orders
        How many there were.
    spent
        As a multiple of what a customer spent on average.
    segments
        In order; the last takes whoever is left.

    Examples
    --------
    >>> segment_of(10.0, 8, 0.4, SEGMENTS), segment_of(200.0, 8, 3.0, SEGMENTS)
    ('loyal', 'at_risk')
    """
    for segment in segments:
        if days <= segment.days and orders >= segment.orders and spent >= segment.spent:
            return segment.name
    return segments[-1].name


def why_unusable(segments: Sequence[Segment]) -> str | None:
    """Return why a table of bounds can't be used, or None when it can.

    Examples
    --------
    >>> why_unusable(SEGMENTS) is None
    True
    >>> why_unusable([Segment("new", days=30)])
    'the last segment, new, has bounds: it takes whoever is left'
    """
    names = [segment.name for segment in segments]
    if not names:
        return "there is no segment"
    if twice := [name for name in names if names.count(name) > 1]:
        return f"two segments are called {twice[0]}"
    if not segments[-1].is_open:
        return f"the last segment, {names[-1]}, has bounds: it takes whoever is left"
    if early := [segment.name for segment in segments[:-1] if segment.is_open]:
        return f"segment {early[0]} has no bounds: nobody is left for those after it"
    return None
