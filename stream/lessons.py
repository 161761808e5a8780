"""What a batch teaches: moments of leads, what became of them, and whose age has spoken."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple
from uuid import UUID

from domain.outcomes import Outcome

Order = tuple[float, int]
"""Transaction and id of the change that brought it: lessons are learned in this order, however the
changes were cut into batches."""

BY_TIME: Order = (inf, 0)
"""The order of what no change brought: after those that one did."""


class Moment(NamedTuple):
    """A lead right after one of its sampled events. There are many: a tuple is made quickest.

    Parameters
    ----------
    order, lead_id
        Which change, of which lead.
    event_index
        How many events the lead had.
    at
        Event time, in seconds since 1970.
    features
        Its features then, as JSON: a page brings tens of thousands, and as a dict each takes four
        times the memory.
    """

    order: Order
    lead_id: UUID
    event_index: int
    at: float
    features: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A lead's outcome as it is known from now on.

    Parameters
    ----------
    order, lead_id
        Which change, of which lead.
    outcome
        What became of it, or None when that is open again.
    changed
        Whether the answer is a new one, to be learned.
    ripe
        Whether its horizon has passed just now, so that it is judged by.
    judged
        Whether it has, now or before.
    """

    order: Order
    lead_id: UUID
    outcome: Outcome | None
    changed: bool
    ripe: bool
    judged: bool


Lesson = Moment | Verdict
