"""What a page of changes asks for, by lead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from stream.cursor import LoggedChange


@dataclass(slots=True)
class Work:
    """What one batch is about, by lead.

    Parameters
    ----------
    causes
        Every lead to look at, and why.
    events
        New events to fold.
    echoes
        Leads of which there are only events that writing their scores brought about.
    reread
        Leads to read whole from their rows.
    refreshed
        Leads whose profile changed.
    removed
        Leads said to be deleted.
    reset
        Whether nothing remembered holds: a table was emptied, or the team decided otherwise.
    """

    causes: dict[UUID, str]
    events: dict[UUID, list[LoggedChange]] = field(default_factory=dict)
    echoes: set[UUID] = field(default_factory=set)
    reread: set[UUID] = field(default_factory=set)
    refreshed: set[UUID] = field(default_factory=set)
    removed: set[UUID] = field(default_factory=set)
    reset: bool = False

    def put_off(self, most: int) -> tuple[list[UUID], list[UUID]]:
        """Take out what is not urgent, if it is of more leads than `most`, and return it.

        Whoever changes a hundred thousand rows at once must not keep those waiting to whom
        something happens now.

        Returns
        -------
        tuple
            Leads whose profile changed and nothing else, and leads to read whole and nothing else.
        """
        urgent = self.events.keys() | self.removed
        reread = [lead_id for lead_id in self.reread if lead_id not in urgent]
        refreshed = [
            lead_id
            for lead_id in self.refreshed
            if lead_id not in urgent and lead_id not in self.reread
        ]
        if len(reread) + len(refreshed) <= most:
            return [], []
        self.reread -= set(reread)
        self.refreshed -= set(refreshed)
        for lead_id in (*refreshed, *reread):
            del self.causes[lead_id]
        return refreshed, reread

    @classmethod
    def of(
        cls,
        changes: Iterable[LoggedChange],
        due: Mapping[UUID, str],
        declaration: int | None = None,
    ) -> "Work":
        """Sort changes by lead.

        Parameters
        ----------
        changes
            What was logged.
        due
            Leads to score for another reason, with that reason.
        declaration
            The number of what is declared that events carry. An event that was logged by another
            declaration, in a transaction that began before this one, has its lead read anew.
        """
        work = cls(dict(due))
        declared = None if declaration is None else f"[{declaration},"
        for change in changes:
            lead_id, kind = change["lead_id"], change["kind"]
            if kind in {"event", "echo"}:
                work.events.setdefault(lead_id, []).append(change)
                if _is_of_another(change["attributes"], declared):
                    work.reread.add(lead_id)
            if kind == "echo":
                if lead_id not in work.causes:
                    work.causes[lead_id] = change["event_type"]
                    work.echoes.add(lead_id)
                continue
            work.echoes.discard(lead_id)
            if kind == "event":
                work.causes[lead_id] = change["event_type"]
            elif kind == "reset":
                work.reset = True
            else:
                work.causes.setdefault(lead_id, kind)
                if kind == "lead":
                    work.refreshed.add(lead_id)
                else:
                    work.reread.add(lead_id)
                if kind == "gone":
                    work.removed.add(lead_id)
        return work


def _is_of_another(attributes: str | None, declared: str | None) -> bool:
    """Tell whether an event was logged by another declaration than the one that is known."""
    if attributes is None or declared is None:
        return attributes is not declared
    return not attributes.startswith(declared)
