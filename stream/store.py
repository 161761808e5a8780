"""What the stream reads and writes in Postgres."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.events import FunnelEvent
from domain.outcomes import Outcome
from domain.policy import Policy
from domain.scorecard import Scorecard
from domain.state import LeadState
from online_models.day_zero import day_zero
from online_models.learner import Learner
from online_models.model import LeadModel
from online_models.rationale import Rationale
from postgres.connect import Connection
from postgres.errors import GalopeError
from postgres.install import check
from postgres.statements import QUERIES
from stream.batch import Batch, SetAside
from stream.cache import Entry
from stream.cursor import Position, Snapshot
from stream.teacher import Predictions, Seen, Teacher
from stream.writeback import Row

_NOT_THE_DATA = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
)
"""What Postgres says when the same batch may well succeed the next time."""


SLICE = 2_500
"""Leads written by one statement at the most."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the team's tables say of one lead."""

    profile: Mapping[str, Any]
    created_at: float | None
    events: Sequence[tuple[str, float | None]]
    known: "Known"
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a lead besides its state; see `stream.cache.Entry`."""

    score: int | None
    outcome: Outcome | None
    judged: bool


class Store:
    """The stream's reads and writes, over one connection for each so that they overlap.

    Parameters
    ----------
    reader, writer
        Two connections to the same database.
    installed
        What the installer says of the funnel, where the team does not.
    epoch
        From `take_over`; commits of an older epoch write nothing.
    """

    def __init__(
        self, reader: Connection, writer: Connection, installed: Policy, epoch: int
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._installed = installed
        self._epoch = epoch
        self.policy = installed
        """What the team had decided when this was last read."""

    @property
    def _head(self) -> str:
        return self.policy.head.name

    @classmethod
    async def reading(cls, connection: Connection, installed: Policy) -> "Store":
        """Return a store that only reads."""
        store = cls(connection, connection, installed, epoch=0)
        store.policy = await policy_now(connection, installed)
        return store

    @classmethod
    async def open(cls, reader: Connection, writer: Connection, installed: Policy) -> "Store":
        """Return a store that holds the cursor, begun anew if missing or of another cluster."""
        found = await writer.fetchrow(QUERIES["position"])
        if found is None or found["snapshot"] is None or not found["of_this_cluster"]:
            async with writer.transaction():
                await _start_over(writer)
        store = cls(reader, writer, installed, await writer.fetchval(QUERIES["take_over"]))
        # After the cursor began: a later decision comes with a change, and is met.
        store.policy = await policy_now(writer, installed)
        return store

    async def position(self) -> tuple[Position, int]:
        """Return the committed position, and the model version all leads are scored with."""
        row = await self._reader.fetchrow(QUERIES["position"])
        if row is None or row["snapshot"] is None:
            raise FencedError
        position = Position(
            row["snapshot"], row["window_snapshot"], (row["after_xid"], row["after_id"])
        )
        return position, row["model_version"]

    async def start_over(self) -> None:
        """Forget every state and begin from what is visible now, and is decided."""
        async with self._writer.transaction():
            if await self._writer.fetchval(QUERIES["heartbeat"], self._epoch) is None:
                raise FencedError
            await _start_over(self._writer)
        self.policy = await policy_now(self._writer, self._installed)

    async def changes(
        self, position: Position, limit: int
    ) -> tuple[list[asyncpg.Record], Snapshot]:
        """Return the next changes, at most `limit`, and the snapshot they were read up to."""
        rows = await self._reader.fetch(
            QUERIES["fetch_changes"], position.done, position.window, *position.after, limit
        )
        return [row for row in rows if row["xid"] is not None], rows[0]["snapshot"]

    async def first_states(self, limit: int) -> dict[UUID, Entry]:
        """Return the stored states that are due first, which are those of leads on the move."""
        return _entries(await self._reader.fetch(QUERIES["first_states"], limit, self._head))

    async def states(self, lead_ids: Sequence[UUID]) -> dict[UUID, Entry]:
        """Return the stored states of these leads, of those that have one."""
        return _entries(await self._reader.fetch(QUERIES["states"], lead_ids, self._head))

    async def rows(self, lead_ids: Sequence[UUID]) -> dict[UUID, Rows]:
        """Return what the team's tables say of these leads, of those that exist."""
        found = await self._reader.fetch(QUERIES["rows"], lead_ids, self._head)
        return {
            row["lead_id"]: Rows(
                _answers(row["profile"]),
                row["created_at"],
                list(zip(row["event_types"] or (), row["times"] or (), strict=True)),
                Known(row["score"], _outcome(row), bool(row["judged"])),
                row["snapshot"],
            )
            for row in found
        }

    async def profiles(
        self, lead_ids: Sequence[UUID]
    ) -> dict[UUID, tuple[Mapping[str, Any], float | None]]:
        """Return the profile and creation time of these leads, of those that exist."""
        found = await self._reader.fetch(QUERIES["profiles"], lead_ids)
        return {row["lead_id"]: (_answers(row["profile"]), row["created_at"]) for row in found}

    async def events_of(self, lead_id: UUID) -> list[FunnelEvent]:
        """Return one lead's events with their ids."""
        return [
            FunnelEvent(**row) for row in await self._reader.fetch(QUERIES["event_ids"], lead_id)
        ]

    async def leads_without_state(self, after: UUID, limit: int) -> list[UUID]:
        """Return leads not yet read from their rows, in order of id after `after`."""
        return [
            row["id"]
            for row in await self._reader.fetch(QUERIES["leads_without_state"], after, limit)
        ]

    async def due_leads(self, now: float, limit: int) -> dict[UUID, str]:
        """Return the leads whose score is due at `now`, with the cause."""
        rows = await self._reader.fetch(QUERIES["due_leads"], now, limit)
        return {row["lead_id"]: row["cause"] for row in rows}

    async def heartbeat(self) -> None:
        """Say that this consumer is alive; raise `FencedError` when another took over."""
        if await self._reader.fetchval(QUERIES["heartbeat"], self._epoch) is None:
            raise FencedError

    async def champion_version(self) -> int:
        """Return the version that scores; 0, day zero, when none is stored."""
        return await self._reader.fetchval(QUERIES["champion_version"], self._head) or 0

    async def learner(self) -> tuple[int, Learner]:
        """Return the version that scores, and what was learned since it began to.

        Raises
        ------
        UnreadableModelError
            When the champion's snapshot can't be read.
        """
        row = await self._reader.fetchrow(QUERIES["champion"], self._head)
        version = row["version"] if row else 0
        kept = await self._reader.fetchrow(QUERIES["learner"], self._head)
        try:
            model = (
                LeadModel.from_json(orjson.loads(row["model"])) if row else day_zero(self.policy)
            )
            if kept and kept["model_version"] == version:
                learned = orjson.loads(kept["state"])
                # Day zero with other rules is another model, but has the same number.
                if Learner.began_as(model, learned):
                    return version, Learner.from_json(model, learned)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableModelError(version, error) from error
        return version, Learner(model)

    async def predictions(self, lead_ids: Sequence[UUID]) -> dict[UUID, list[Seen]]:
        """Return what was predicted of leads, each one's moments in order.

        To be called between commits, so that none is missing.
        """
        found: dict[UUID, list[Seen]] = {}
        rows = await self._writer.fetch(QUERIES["predictions"], lead_ids, self._head)
        kept: dict[UUID, list[dict[str, Any]]] = {}
        for row in rows:
            kept.setdefault(row["lead_id"], []).extend(orjson.loads(row["moments"]))
        for lead_id, moments in kept.items():
            moments.sort(key=lambda one: one["event_index"])
            found[lead_id] = [(one["features"], one["said"]) for one in moments]
        return found

    async def rescore_all(self, version: int) -> None:
        """Make every lead due at once, to be scored with a model version."""
        await self._writer.execute(QUERIES["rescore_all"], version)

    async def commit(self, batch: Batch, card: Scorecard, teacher: Teacher) -> int:
        """Commit a batch, what it teaches and its position, or nothing; return the model version.

        A batch that Postgres refuses for what is in it is written lead by lead, and the leads
        refused are set aside: one lead never holds up another.

        Parameters
        ----------
        batch
            What to commit, all of it: what is still being scored is waited for.
        card
            What it is scored with.
        teacher
            Is taught its lessons. A champion that took over is stored as a new version.

        Raises
        ------
        FencedError
            When another consumer took over.
        """
        try:
            if not await batch.has(SLICE + 1):
                taught = await batch.teach(teacher)
                with_learned = taught.learned or taught.outcomes
                if not (batch.gone or batch.failed or batch.aside or with_learned):
                    predictions = list(taught.predictions.items())
                    await self._write(batch.position, batch.rows, card, predictions)
                    return teacher.version
            async with self._writer.transaction():
                await self._write_all(batch, card, teacher)
                return await self._keep_learned(batch, teacher)
        except _NOT_THE_DATA:
            raise
        except asyncpg.PostgresError:
            await batch.ended()
            async with self._writer.transaction():
                await self._write_singly(batch, card, teacher)
                return await self._keep_learned(batch, teacher)

    async def _write(
        self,
        position: Position,
        rows: Sequence[Row],
        card: Scorecard,
        predictions: Sequence[Predictions] = (),
    ) -> None:
        leads = [lead_id for lead_id, _ in predictions]
        moments = [f"[{','.join(kept)}]" for _, kept in predictions]
        epoch = await self._writer.fetchval(
            QUERIES["commit_batch"],
            self._epoch,
            position.done,
            position.window,
            *position.after,
            rows,
            card.version,
            f"galope {self._head} v{card.name}",
            card.learned,
            self._head,
            leads,
            moments,
        )
        if epoch is None:
            raise FencedError

    async def _write_all(self, batch: Batch, card: Scorecard, teacher: Teacher) -> None:
        """Write a batch inside a transaction, slice by slice as it is scored."""
        start = 0
        while await batch.has(start + SLICE):
            await self._write(batch.position, batch.rows[start : start + SLICE], card)
            start += SLICE
        taught = await batch.teach(teacher)
        await self._drop(batch)
        predictions = list(taught.predictions.items())
        await self._write(batch.position, batch.rows[start:], card, predictions[:SLICE])
        for later in range(SLICE, len(predictions), SLICE):
            await self._write(batch.position, (), card, predictions[later : later + SLICE])

    async def _keep_learned(self, batch: Batch, teacher: Teacher) -> int:
        """Keep outcomes and what was learned of them; return the version that scores now."""
        taught = await batch.teach(teacher)
        known = [(lead, *astuple(o), judged) for lead, (o, judged) in taught.outcomes.items() if o]
        if known:
            columns = list(zip(*known, strict=True))
            await self._writer.execute(QUERIES["keep_outcomes"], self._head, *columns)
        if len(known) < len(taught.outcomes):
            opened = [lead for lead, (outcome, _) in taught.outcomes.items() if not outcome]
            await self._writer.execute(QUERIES["drop_outcomes"], self._head, opened)
        version, learner = teacher.version, teacher.learner
        if taught.champion:
            model, why = learner.model(taught.champion.name), taught.champion.why
            version = await keep_model(self._writer, self._head, model, why)
            await make_champion(self._writer, self._head, version, why)
        if taught.learned:
            state = orjson.dumps(learner.to_json()).decode()
            await self._writer.execute(
                QUERIES["keep_learner"], self._head, version, learner.learned, state
            )
        return version

    async def _drop(self, batch: Batch) -> None:
        await self._writer.execute(QUERIES["forget_leads"], batch.gone)
        await self._writer.execute(QUERIES["forget_state"], batch.failed)
        columns = zip(
            *(
                (a.event.lead_id, a.event.event_id, a.event.event_type, a.reason)
                for a in batch.aside
            ),
            strict=True,
        )
        await self._writer.execute(QUERIES["set_aside"], *(list(columns) or [()] * 4))

    async def _write_singly(self, batch: Batch, card: Scorecard, teacher: Teacher) -> None:
        """Write a batch lead by lead, and set aside the leads that Postgres refuses."""
        for one in batch.rows:
            try:
                async with self._writer.transaction():
                    await self._write(batch.position, [one], card)
            except _NOT_THE_DATA:
                raise
            except asyncpg.PostgresError as error:
                if isinstance(error, asyncpg.SyntaxOrAccessError):
                    # Raises what is wrong when it is not this lead's.
                    await check(self._writer)
                batch.failed.append(one.lead_id)
                event = FunnelEvent(None, one.lead_id, one.cause, one.scored_at)
                batch.aside.append(SetAside(event, f"not written: {error}"))
        taught = await batch.teach(teacher)
        await self._drop(batch)
        await self._write(batch.position, (), card, list(taught.predictions.items()))

    async def empty_log(self, position: Position) -> bool:
        """Give back the space of a change log that is consumed whole; tell whether it was."""
        async with self._writer.transaction():
            await self._writer.execute("SET LOCAL lock_timeout = '20ms'")
            await self._writer.execute(QUERIES["lock_log"])
            left = await self._writer.fetch(
                QUERIES["fetch_changes"], position.done, position.window, *position.after, 1
            )
            if left[0]["xid"] is None:
                await self._writer.execute(QUERIES["empty_log"])
                return True
        return False

    async def log_bytes(self) -> int:
        """Return the size of the change log."""
        size: int = await self._reader.fetchval(QUERIES["log_size"])
        return size


async def policy_now(connection: Connection, installed: Policy) -> Policy:
    """Return what the team decided last, on top of what the installer says."""
    decided = await connection.fetchval(QUERIES["policy"])
    return installed.having(orjson.loads(decided)) if decided else installed


async def keep_model(
    connection: Connection,
    head: str,
    model: LeadModel,
    why: Rationale,
    metrics: Mapping[str, Any] | None = None,
) -> int:
    """Keep a model as a candidate, and return its version.

    Parameters
    ----------
    connection
        Where to.
    head
        The name of the head it is for.
    model
        What is kept.
    why
        Kept with the version.
    metrics
        How training found it, where it was trained.
    """
    version: int = await connection.fetchval(
        QUERIES["store_model"],
        head,
        json.dumps(model.to_json()),
        json.dumps(metrics or {}),
        why.text,
        json.dumps(why.facts),
    )
    return version


async def make_champion(
    connection: Connection, head: str, version: int | None, why: Rationale
) -> bool:
    """Make a version of a head's the one that scores, in the transaction under way.

    Parameters
    ----------
    connection
        In a transaction: for a moment no version scores.
    head
        The head's name.
    version
        The version, or None for the team's rules.
    why
        Kept with the version.

    Returns
    -------
    bool
        Whether the head has that version; if not, the transaction must be given up.
    """
    await connection.execute(QUERIES["retire_champion"], head)
    if version is None:
        return True
    facts = json.dumps(why.facts)
    found: str | None = await connection.fetchval(QUERIES["promote"], version, why.text, facts)
    return found == head


def _entries(rows: Sequence[asyncpg.Record]) -> dict[UUID, Entry]:
    entries = {}
    for row in rows:
        # A state of another layout is as good as none: the lead is read anew from its rows.
        with contextlib.suppress(ValueError, KeyError, TypeError):
            state = LeadState.from_json(orjson.loads(row["state"]))
            entries[row["lead_id"]] = Entry(
                state, row["built_snapshot"], row["score"], _outcome(row), bool(row["judged"])
            )
    return entries


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


async def _start_over(connection: Connection) -> None:
    """Forget every state and set the cursor to what is visible now."""
    for name in ("start_cursor", "forget_foreign_changes", "forget_states", "forget_missing_leads"):
        await connection.execute(QUERIES[name])


class UnreadableModelError(GalopeError):
    """The champion's snapshot, or what was learned since, is not one that this Galope reads."""

    def __init__(self, version: int, error: Exception) -> None:
        super().__init__(
            f"Model {version} can't be read: {error}. Promote another one, or train again."
        )
        self.version = version


class FencedError(GalopeError):
    """Another consumer took over; this one may write nothing more."""

    def __init__(self) -> None:
        super().__init__(
            "Another stream took over this database; this one stops. Run one for each database."
        )
