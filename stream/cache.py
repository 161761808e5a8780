"""Lead states kept in memory between batches."""

from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from domain.outcomes import Outcome
from domain.state import LeadState
from stream.cursor import Snapshot


@dataclass(slots=True)
class Entry:
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
    judged
        Whether its horizon has passed and the models were judged by it.
    """

    state: LeadState
    built: Snapshot | None
    score: int | None
    outcome: Outcome | None = None
    judged: bool = False


class Cache:
    """The leads used last, about `size` of them after each `trim`.

    It never drops a lead by itself: one whose batch is not committed yet must not be read back from
    the database.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[UUID, Entry] = OrderedDict()

    def __contains__(self, lead_id: UUID) -> bool:
        return lead_id in self._entries

    def get(self, lead_id: UUID) -> Entry | None:
        """Return a lead's entry, now the one used last, or None."""
        entry = self._entries.get(lead_id)
        if entry is not None:
            self._entries.move_to_end(lead_id)
        return entry

    def put(self, lead_id: UUID, entry: Entry) -> None:
        """Keep a lead's entry."""
        self._entries[lead_id] = entry
        self._entries.move_to_end(lead_id)

    def drop(self, lead_id: UUID) -> None:
        """Forget a lead, if it is here."""
        self._entries.pop(lead_id, None)

    def clear(self) -> None:
        """Forget every lead."""
        self._entries.clear()

    def trim(self, keep: int) -> None:
        """Forget the leads used longest ago, down to the size, but not the last `keep`."""
        most = max(self._size, keep)
        while len(self._entries) > most:
            self._entries.popitem(last=False)
