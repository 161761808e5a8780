"""The commit protocol: one consumer holds the cursor, and a batch is committed whole or not at all.

Every write carries the epoch its consumer took over with. Whoever takes over later makes the writes
of the one before come to nothing.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

from domain.events import FunnelEvent
from domain.scorecard import Scorecard
from postgres.checks import check
from postgres.connect import Connection
from postgres.errors import GalopeError, why_refused
from postgres.statements import QUERIES
from stream.batch import Batch, DeadLetter
from stream.cursor import Position
from stream.learned import keep_learned
from stream.model_in_use import Versions
from stream.starting_over import OF_ALL_LEADS, reopen_log, start_over
from stream.trainer import Prediction, Trained
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


class FencedError(GalopeError):
    """Another consumer took over; this one may write nothing more."""

    def __init__(self) -> None:
        super().__init__(
            "Another stream took over this database; this one stops. Run one for each database."
        )


class Committer:
    """Writes for the consumer that holds the cursor, over a connection of its own.

    Parameters
    ----------
    connection
        Nothing else uses it, so that reads and writes overlap.
    epoch
        From taking the cursor over.
    statement
        The name of the statement that writes a batch; see `_statement`.
    """

    def __init__(self, connection: Connection, epoch: int, statement: str) -> None:
        self._connection = connection
        self._epoch = epoch
        self._statement = statement

    @classmethod
    async def open(cls, connection: Connection, log_limit: int = 2**30) -> "Committer":
        """Take the cursor over; begin it anew if it is missing or of another cluster.

        Parameters
        ----------
        connection
            As of the class.
        log_limit
            Size in bytes at which the change log takes no more while no stream runs.
        """
        cursor = await connection.fetchrow(QUERIES["position"])
        if cursor is None or cursor["snapshot"] is None or not cursor["of_this_cluster"]:
            async with connection.transaction():
                await start_over(connection)
        epoch = await connection.fetchval(QUERIES["take_over"])
        if await connection.fetchval(QUERIES["limit_log"], log_limit):
            await reopen_log(connection)
        return cls(connection, epoch, await _statement(connection))

    @property
    def epoch(self) -> int:
        """From taking the cursor over."""
        return self._epoch

    async def position(self) -> tuple[Position, Versions]:
        """Return the committed position, and the model versions all leads are scored with."""
        row = await self._connection.fetchrow(QUERIES["position"])
        if row is None or row["snapshot"] is None:
            raise FencedError
        position = Position(
            row["snapshot"], row["window_snapshot"], (row["after_xid"], row["after_id"])
        )
        return position, Versions(row["model_version"], orjson.loads(row["head_versions"]))

    async def start_over(self) -> None:
        """Forget every state and begin from what is visible now."""
        async with self._connection.transaction():
            await self._beat()
            await start_over(self._connection)
            self._statement = await _statement(self._connection)

    async def heartbeat(self) -> None:
        """Say that this consumer is alive, and have leads read anew where the log was cut off.

        Raises
        ------
        FencedError
            When another consumer took over.
        """
        log = await self._beat()
        if log["is_full"]:
            await reopen_log(self._connection)
        elif log["is_whole"]:
            await self._connection.execute(QUERIES["ask_for_rebuild"])
            await self._connection.execute(QUERIES["note_whole"])

    async def _beat(self) -> asyncpg.Record:
        """Say that this consumer is alive; return how the log is."""
        log = await self._connection.fetchrow(QUERIES["heartbeat"], self._epoch)
        if log is None:
            raise FencedError
        return log

    async def rescore_all(self, versions: Versions) -> None:
        """Make every lead due at once, to be scored with these models; forget heads without one."""
        others = orjson.dumps(versions.others).decode()
        await self._connection.execute(
            QUERIES["rescore_all"], versions.primary, others, timeout=OF_ALL_LEADS
        )

    async def empty_log(self, position: Position) -> bool:
        """Give back the space of a change log that is consumed whole; tell whether it was.

        Writers are kept out meanwhile, and what they committed last is looked for too: nothing that
        is newer than `position` may go.
        """
        if position.window is not None:
            return False
        async with self._connection.transaction():
            await self._connection.execute("SET LOCAL lock_timeout = '20ms'")
            await self._connection.execute(QUERIES["lock_log"])
            left = await self._connection.fetch(
                QUERIES["fetch_changes"], position.done, None, *position.after, 1
            )
            if left[0]["xid"] is None:
                await self._connection.execute(QUERIES["empty_log"])
                return True
        return False

    async def predictions(
        self, lead_ids: Sequence[UUID], head: str
    ) -> dict[UUID, list[Prediction]]:
        """Return what was predicted of leads for a head, each one's predictions in order.

        They are read where batches are committed, one after the other, so that none is missing.
        """
        rows = await self._connection.fetch(QUERIES["predictions"], lead_ids, head)
        kept: dict[UUID, list[dict[str, Any]]] = {}
        for row in rows:
            kept.setdefault(row["lead_id"], []).extend(orjson.loads(row["snapshots"]))
        for snapshots in kept.values():
            snapshots.sort(key=lambda snapshot: snapshot["event_index"])
        return {
            lead_id: [(snapshot["features"], snapshot["probabilities"]) for snapshot in snapshots]
            for lead_id, snapshots in kept.items()
        }

    @contextlib.asynccontextmanager
    async def fenced(self) -> AsyncIterator[Connection]:
        """Yield where to write something else than a batch; nothing stays of another consumer's."""
        async with self._connection.transaction():
            await self._beat()
            yield self._connection

    def commit(self, batch: Batch, card: Scorecard, head: str) -> "Commit":
        """Return the commit of a batch scored with a card, for a head; use it in ``async with``."""
        return Commit(self._connection, self._epoch, self._statement, batch, card, head)


class Commit:
    """One batch on its way into the database.

    First `send_scored`, then `finish` with what was learned of the batch. A batch that Postgres
    refuses for what is in it is written lead by lead, and the leads refused become dead letters:
    one lead never holds up another. Left without `finish`, everything sent is rolled back.

    Parameters
    ----------
    connection, epoch, statement
        As of `Committer`.
    batch
        What to commit.
    card
        What it is scored with.
    head
        The name of the head that scores answer.
    """

    def __init__(
        self,
        connection: Connection,
        epoch: int,
        statement: str,
        batch: Batch,
        card: Scorecard,
        head: str,
    ) -> None:
        self._connection = connection
        self._epoch = epoch
        self._statement = QUERIES[statement]
        self._batch = batch
        self._card = card
        self._head = head
        self._transaction: contextlib.AsyncExitStack | None = None
        self._sent = 0
        """Rows written in the transaction under way."""
        self._refused = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._end(kind, error, traceback)

    async def send_scored(self) -> None:
        """Send a large batch, slice by slice, while it is being scored; wait until all of it is."""
        if not await self._batch.has(SLICE + 1):
            return
        try:
            await self._begin()
            while await self._batch.has(self._sent + SLICE):
                await self._write(self._batch.rows[self._sent : self._sent + SLICE])
                self._sent += SLICE
        except _NOT_THE_DATA:
            raise
        except asyncpg.PostgresError as error:
            await self._refuse(error)
            await self._batch.scored()

    async def finish(self, trained: Trained) -> int:
        """Commit the rest, what was learned of the batch and its position; return the version.

        Parameters
        ----------
        trained
            Predictions, outcomes and models to keep. A champion that took over becomes a new
            version, which is the one returned.

        Raises
        ------
        FencedError
            When another consumer took over.
        """
        if not self._refused:
            try:
                return await self._write_rest(trained)
            except _NOT_THE_DATA:
                raise
            except asyncpg.PostgresError as error:
                await self._refuse(error)
        await self._begin()
        await self._write_singly()
        await self._drop()
        await self._write((), trained.predictions, trained.questions)
        version = await keep_learned(self._connection, self._head, trained)
        await self._end()
        return version

    async def _begin(self) -> None:
        self._transaction = contextlib.AsyncExitStack()
        await self._transaction.enter_async_context(self._connection.transaction())

    async def _end(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """End the transaction under way, if there is one: committed, or rolled back on an error."""
        if self._transaction is not None:
            transaction, self._transaction = self._transaction, None
            await transaction.__aexit__(kind, error, traceback)

    async def _refuse(self, error: asyncpg.PostgresError) -> None:
        await self._end(type(error), error, error.__traceback__)
        self._refused = True

    async def _write(
        self,
        rows: Sequence[Row],
        predictions: Sequence[tuple[UUID, list[str]]] = (),
        questions: Sequence[tuple[Any, ...]] = (),
    ) -> None:
        position, challenged = self._batch.position, self._batch.challenged_of(rows)
        others, card = challenged or ((), self._card)
        epoch = await self._connection.fetchval(
            self._statement,
            self._epoch,
            position.done,
            position.window,
            *position.after,
            rows,
            self._card.version,
            self._name_of(self._card),
            self._card.learned,
            self._head,
            [lead_id for lead_id, _ in predictions],
            [f"[{','.join(snapshots)}]" for _, snapshots in predictions],
            *self._batch.said_of(rows),
            questions or None,
            *self._batch.exposures_of(rows),
            others,
            card.version,
            self._name_of(card),
        )
        if epoch is None:
            raise FencedError

    def _name_of(self, card: Scorecard) -> str:
        return f"galope {self._head} v{card.name}"

    async def _write_rest(self, trained: Trained) -> int:
        batch, predictions, questions = self._batch, trained.predictions, trained.questions
        if self._transaction is None:
            dropped = batch.gone or batch.failed or batch.put_off or batch.dead_letters
            if not (
                dropped
                or batch.reread
                or batch.folded
                or trained.changes_outcomes
                or trained.learned
            ):
                await self._write(batch.rows, predictions, questions)
                return trained.version
            await self._begin()
        await self._drop()
        await self._write(batch.rows[self._sent :], predictions[:SLICE], questions[:SLICE])
        for start in range(SLICE, max(len(predictions), len(questions)), SLICE):
            end = start + SLICE
            await self._write((), predictions[start:end], questions[start:end])
        version = await keep_learned(self._connection, self._head, trained)
        await self._end()
        return version

    async def _write_singly(self) -> None:
        """Write lead by lead; the leads that Postgres refuses become dead letters."""
        for row in self._batch.rows:
            try:
                async with self._connection.transaction():
                    await self._write([row])
            except _NOT_THE_DATA:
                raise
            except asyncpg.PostgresError as error:
                if isinstance(error, asyncpg.SyntaxOrAccessError):
                    # Raises what is wrong when it is not this lead's.
                    await check(self._connection)
                self._batch.failed.append(row.lead_id)
                event = FunnelEvent(None, row.lead_id, row.cause, row.scored_at)
                reason = f"not written: {why_refused(error)}"
                self._batch.dead_letters.append(DeadLetter(event, reason))

    async def _drop(self) -> None:
        """Write what is not a score: states alone, what is gone, put off or can't be used."""
        if self._batch.folded:
            await self._connection.execute(
                QUERIES["keep_states"], *map(list, zip(*self._batch.folded, strict=True))
            )
        await self._connection.execute(QUERIES["forget_leads"], self._batch.gone)
        await self._connection.execute(QUERIES["forget_state"], self._batch.failed)
        await self._connection.execute(QUERIES["put_off"], self._batch.put_off)
        await self._connection.execute(QUERIES["forget_dead_letters"], self._batch.reread)
        letters = self._batch.dead_letters
        await self._connection.execute(
            QUERIES["keep_dead_letters"],
            [letter.event.lead_id for letter in letters],
            [letter.event.event_id for letter in letters],
            [letter.event.event_type for letter in letters],
            [letter.reason for letter in letters],
        )


async def _statement(connection: Connection) -> str:
    """Return the name of what writes a batch: to leads, or to Galope's own table of scores."""
    mapped = await connection.fetchval(QUERIES["maps_a_table"])
    return "commit_scores" if mapped else "commit_batch"
