"""Lead states kept in memory between batches."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from domain.outcomes import Outcome
from domain.state import LeadState
from online_models.action_choice import Decision
from stream.cursor import TransactionSnapshot


@dataclass(slots=True)
class CachedLead:
    """A lead in memory.

    Parameters
    ----------
    state
        What its events and profile folded to.
    built
        The snapshot its rows were read in, while changes it already holds may still come; else
        None.
    score
        The score last given, or None before the first.
    outcome
        What became of the lead, or None while that is open.
    evaluated
        Whether its horizon has passed and the models were evaluated on it.
    outdated
        Whether its row changed and was not read yet.
    decision
        Which action was drawn for it last, or None where none was.
    decision_read
        Whether that is known, which takes a look where it was kept.
    """

    state: LeadState
    built: TransactionSnapshot | None
    score: int | None
    outcome: Outcome | None = None
    evaluated: bool = False
    outdated: bool = False
    decision: Decision | None = None
    decision_read: bool = False


class Cache:
    """The leads used last, about `size` of them after each `trim`.

    It never drops a lead by itself: one whose batch is not committed yet must not be read back from
    the database.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._leads: OrderedDict[UUID, CachedLead] = OrderedDict()

    def __contains__(self, lead_id: UUID) -> bool:
        return lead_id in self._leads

    def get(self, lead_id: UUID) -> CachedLead | None:
        """Return a lead, now the one used last, or None."""
        lead = self._leads.get(lead_id)
        if lead is not None:
            self._leads.move_to_end(lead_id)
        return lead

    def mark_outdated(self, lead_ids: Iterable[UUID]) -> None:
        """Note that these leads' rows changed, of those that are here."""
        for lead_id in lead_ids:
            if lead_id in self._leads:
                self._leads[lead_id].outdated = True

    def outdated(self, lead_ids: Iterable[UUID]) -> set[UUID]:
        """Return those of these leads that are here, and whose rows changed and were not read."""
        leads = self._leads
        return {lead_id for lead_id in lead_ids if lead_id in leads and leads[lead_id].outdated}

    def put(self, lead_id: UUID, lead: CachedLead) -> None:
        """Keep a lead; one that was here and is read anew has the action that was drawn for it."""
        before = self._leads.get(lead_id)
        if before is not None:
            lead.decision, lead.decision_read = before.decision, before.decision_read
        self._leads[lead_id] = lead
        self._leads.move_to_end(lead_id)

    def drop(self, lead_id: UUID) -> None:
        """Forget a lead, if it is here."""
        self._leads.pop(lead_id, None)

    def clear(self) -> None:
        """Forget every lead."""
        self._leads.clear()

    def trim(self, keep: int) -> None:
        """Forget the leads used longest ago, down to the size, but not the last `keep`."""
        most = max(self._size, keep)
        while len(self._leads) > most:
            self._leads.popitem(last=False)
