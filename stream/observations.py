"""What a batch brings to learn from: features of leads at some of their events, and outcomes."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple
from uuid import UUID

from domain.outcomes import Outcome

Order = tuple[float, int]
"""Transaction and id of the change that brought it: observations are learned from in this order,
however the changes were cut into batches."""

BY_TIME: Order = (inf, 0)
"""The order of what time brought, and no change: after all that changes brought."""


class Snapshot(NamedTuple):
    """A lead's features right after one of its sampled events. A tuple is made quickest.

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


class HeadSnapshot(NamedTuple):
    """A lead's features at a moment at which a head beside the primary one is asked.

    Parameters
    ----------
    head
        The head's name.
    created_at
        When the lead came, in seconds since 1970.
    snapshot
        Its features, by the directions of the head's model.
    """

    head: str
    created_at: float
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class OutcomeUpdate:
    """A lead's outcome as it is known from now on.

    Parameters
    ----------
    order, lead_id
        Which change, of which lead.
    outcome
        What became of it, or None when that is open again.
    changed
        Whether the answer is a new one, to be learned.
    matured
        Whether its horizon has passed just now, so that models are evaluated on it.
    evaluated
        Whether they have been, now or before.
    """

    order: Order
    lead_id: UUID
    outcome: Outcome | None
    changed: bool
    matured: bool
    evaluated: bool

    @property
    def teaches(self) -> bool:
        """Whether models learn from it, or are evaluated on it."""
        return self.outcome is not None and (self.changed or self.matured)


Observation = Snapshot | OutcomeUpdate
