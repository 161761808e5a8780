"""What the stream reads: changes, stored states, and the rows of the team's tables."""

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import orjson

from domain.alerts.peers import FAMILY, FEWEST, Peers, share_of
from domain.attributes import NOTHING, Attributes
from domain.building import LeadRows
from domain.events import FunnelEvent
from domain.outcomes import Outcome
from domain.recommendations import WINDOW
from domain.state import LeadState
from online_models.action_choice import Decision
from postgres.connect import Connection
from postgres.statements import QUERIES
from stream.cache import CachedLead
from stream.cursor import LoggedChange, Position, TransactionSnapshot


@dataclass(frozen=True, slots=True)
class LeadReading:
    """A lead read from the team's tables.

    Parameters
    ----------
    rows
        What they say.
    snapshot
        In which snapshot they say it.
    score
        The score last given, also when the state was forgotten; None before the first.
    outcome
        What is stored of its outcome, or None while that is open.
    evaluated
        Whether its horizon has passed and the models were evaluated on it.
    """

    rows: LeadRows
    snapshot: TransactionSnapshot
    score: int | None
    outcome: Outcome | None
    evaluated: bool


class Leads(Protocol):
    """Where the scorer reads leads from: `Reads`, but in some tests."""

    async def first_states(self, limit: int, head: str) -> dict[UUID, CachedLead]:
        """Return the stored states that are due first."""

    async def states(self, lead_ids: Sequence[UUID], head: str) -> dict[UUID, CachedLead]:
        """Return stored states."""

    async def leads(self, lead_ids: Sequence[UUID], head: str) -> dict[UUID, LeadReading | None]:
        """Return what the team's tables say."""

    async def profiles(self, lead_ids: Sequence[UUID]) -> dict[UUID, LeadRows | None]:
        """Return leads' rows without their events."""

    async def events_of(self, lead_id: UUID) -> list[FunnelEvent]:
        """Return one lead's events."""

    async def decisions(self, lead_ids: Sequence[UUID]) -> dict[UUID, Decision]:
        """Return the actions that were drawn last and may stand."""


STANDS = timedelta(seconds=WINDOW)
"""How long an action that was drawn may stand."""

UNREADABLE = (asyncpg.DataError, ValueError)
"""What comes of a row whose text is none in its encoding, in Postgres or here."""


class Reads:
    """The stream's reads, over one connection: one at a time.

    Parameters
    ----------
    connection
        Where from.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def changes(
        self, position: Position, limit: int
    ) -> tuple[list[LoggedChange], TransactionSnapshot]:
        """Return the next changes, at most `limit`, and the snapshot they were read up to."""
        rows = await self._connection.fetch(
            QUERIES["fetch_changes"], position.done, position.window, *position.after, limit
        )
        return [row for row in rows if row["xid"] is not None], rows[0]["snapshot"]

    async def first_states(self, limit: int, head: str) -> dict[UUID, CachedLead]:
        """Return the stored states that are due first, which are those of leads on the move."""
        return _cached(await self._connection.fetch(QUERIES["first_states"], limit, head))

    async def states(self, lead_ids: Sequence[UUID], head: str) -> dict[UUID, CachedLead]:
        """Return the stored states of these leads, of those that have one."""
        return _cached(await self._connection.fetch(QUERIES["states"], lead_ids, head))

    async def leads(self, lead_ids: Sequence[UUID], head: str) -> dict[UUID, LeadReading | None]:
        """Return what the team's tables say of these leads, of those that exist.

        A lead whose rows can't be read is None; it does not keep the others from being read.
        """
        try:
            rows = await self._connection.fetch(QUERIES["rows"], lead_ids, head)
            return {row["lead_id"]: _reading(row) for row in rows}
        except UNREADABLE:
            if len(lead_ids) == 1:
                return {lead_ids[0]: None}
        first, second = _halves(lead_ids)
        return await self.leads(first, head) | await self.leads(second, head)

    async def profiles(self, lead_ids: Sequence[UUID]) -> dict[UUID, LeadRows | None]:
        """Return these leads' rows without their events, of those that exist; None as above."""
        try:
            rows = await self._connection.fetch(QUERIES["profiles"], lead_ids)
            return {
                row["lead_id"]: LeadRows(_answers(row["profile"]), row["created_at"])
                for row in rows
            }
        except UNREADABLE:
            if len(lead_ids) == 1:
                return {lead_ids[0]: None}
        first, second = _halves(lead_ids)
        return await self.profiles(first) | await self.profiles(second)

    async def events_of(self, lead_id: UUID) -> list[FunnelEvent]:
        """Return one lead's events with their ids."""
        rows = await self._connection.fetch(QUERIES["event_ids"], lead_id)
        return [FunnelEvent(**row) for row in rows]

    async def leads_without_state(self, after: UUID, limit: int) -> list[UUID]:
        """Return leads not yet read from their rows, in order of id after `after`."""
        rows = await self._connection.fetch(QUERIES["leads_without_state"], after, limit)
        return [row["id"] for row in rows]

    async def due_leads(self, since: float, now: float, limit: int) -> dict[UUID, str]:
        """Return the leads whose score came due between `since` and `now`, with the cause."""
        rows = await self._connection.fetch(QUERIES["due_leads"], since, now, limit)
        return {row["lead_id"]: row["cause"] for row in rows}

    async def alerting(self, motives: Iterable[str]) -> list[UUID]:
        """Return the leads of which one of these motives holds; close the others' alerts."""
        rows = await self._connection.fetch(QUERIES["alerting"], list(motives))
        return [row["lead_id"] for row in rows]

    async def decisions(self, lead_ids: Sequence[UUID]) -> dict[UUID, Decision]:
        """Return the actions that were drawn last for some leads, of those whose may stand."""
        rows = await self._connection.fetch(QUERIES["last_decisions"], lead_ids, STANDS)
        return {row["lead_id"]: Decision.from_json(orjson.loads(row["decision"])) for row in rows}

    async def peers(self) -> Peers:
        """Return what customers buy of each family, of some who stand for all."""
        rows = await self._connection.fetch(QUERIES["peers"], FAMILY, FEWEST)
        return {
            row["label"]: share_of(row["mean"], row["variance"], row["inverse"]) for row in rows
        }

    async def matured(self, now: float, heads: Sequence[str], limit: int) -> list[asyncpg.Record]:
        """Return the open questions of heads whose horizon has passed, the earliest first.

        Those of a lead and a head that mature together come together, and `limit` counts them once.
        """
        rows: list[asyncpg.Record] = await self._connection.fetch(
            QUERIES["matured_questions"], now, heads, limit
        )
        return rows

    async def unasked(
        self, after: UUID, limit: int, heads: Sequence[str], since: float
    ) -> list[tuple[UUID, list[str]]]:
        """Return leads by id, each with the heads that were not asked of it since a moment."""
        rows = await self._connection.fetch(QUERIES["unasked"], after, limit, heads, since)
        return [(row["lead_id"], row["heads"]) for row in rows]

    async def log_bytes(self) -> int:
        """Return the size of the change log."""
        size: int = await self._connection.fetchval(QUERIES["log_size"])
        return size


def _halves(lead_ids: Sequence[UUID]) -> tuple[Sequence[UUID], Sequence[UUID]]:
    middle = len(lead_ids) // 2
    return lead_ids[:middle], lead_ids[middle:]


def _reading(row: asyncpg.Record) -> LeadReading:
    return LeadReading(
        LeadRows(
            _answers(row["profile"]),
            row["created_at"],
            list(zip(row["event_types"] or (), row["times"] or (), strict=True)),
            _attributes_by_place(row["attributes"] or ()),
            row["leave_out_machines"],
        ),
        row["snapshot"],
        row["score"],
        _outcome(row),
        bool(row["evaluated"]),
    )


def attributes_of(text: str | None) -> Attributes:
    """Return what an event carries, as ``attributes`` of the change log says it."""
    if text is None:
        return NOTHING
    _, amount, labels = orjson.loads(text)
    return Attributes(labels, amount) if labels or amount is not None else NOTHING


def _attributes_by_place(texts: Sequence[str | None]) -> dict[int, Attributes]:
    carried = enumerate(map(attributes_of, texts))
    return {place: attributes for place, attributes in carried if attributes is not NOTHING}


def _cached(rows: Sequence[asyncpg.Record]) -> dict[UUID, CachedLead]:
    leads = {}
    for row in rows:
        # A state of another layout is as good as none: the lead is read anew from its rows.
        with contextlib.suppress(ValueError, KeyError, TypeError):
            state = LeadState.from_json(orjson.loads(row["state"]))
            leads[row["lead_id"]] = CachedLead(
                state,
                row["built_snapshot"],
                row["score"],
                _outcome(row),
                bool(row["evaluated"]),
                row["outdated"],
            )
    return leads


def _outcome(row: asyncpg.Record) -> Outcome | None:
    if row["converted"] is None:
        return None
    return Outcome(row["converted"], row["resolved_at"], row["source"])


def _answers(text: str) -> Mapping[str, Any]:
    answers: Mapping[str, Any]
    try:
        answers = orjson.loads(text)
    except orjson.JSONDecodeError:
        # A numeric column may hold more than a double can, of which this parser makes infinity.
        answers = json.loads(text, parse_int=float)
    return answers
