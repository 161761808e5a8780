"""Putting Galope on a database, and taking it off."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import asyncpg

from postgres.checks import (
    check,
    refuse_unusable,
    stored_mapping,
    try_statements,
    try_write_back,
)
from postgres.connect import Connection
from postgres.errors import GalopeError, first_line
from postgres.indexes import ASKED, build_large, build_small, drop_unfit
from postgres.mapped_install import finish_mapping, map_tables
from postgres.mapping import Mapping
from postgres.migrations import pending
from postgres.statements import QUERIES, SQL
from postgres.watched import WATCH, Watched, account_for, accounted_for, watched_now

ONE_AT_A_TIME = 7450481588
"""Advisory lock of an installation under way."""

LOCKED_WAIT = 0.1
"""Seconds between tries while another installation is under way."""

LOCK_TIMEOUT = "1s"
"""How long a try waits for a table, and whoever comes after it with it."""

TRIES = 10
"""Tries to have the tables before giving up."""

BETWEEN_TRIES = 1.0
"""Seconds in which everybody who waited behind a try gets through."""

PATIENCE = 60.0
"""Seconds to wait for another installation."""

_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


async def install(
    connection: Connection, mapping: Mapping | None = None, *, pooled: bool = False
) -> None:
    """Apply the migrations that are missing, and what may change at any time; safe to repeat.

    All of it is applied or nothing, but for the indexes of large tables, which are built last.

    Parameters
    ----------
    connection
        As a role that owns the tables.
    mapping
        The tables to read; None for those of the last installation, at first leads and events.
    pooled
        Whether a transaction pooler is between. Its sessions, with the locks and settings they
        keep, are anybody's, so nothing holds another installation off then.

    Raises
    ------
    GalopeError
        When the database can't be used as it is, the mapping does not fit it, the role lacks a
        privilege, or the tables are in use all the time; the message says what to do.
    """
    known = await stored_mapping(connection)
    mapping = mapping or known
    await refuse_unusable(connection, mapped=mapping is not None)
    try:
        async with contextlib.nullcontext() if pooled else _alone(connection):
            await _bounded(connection, partial(_install, mapping=mapping))
            if mapping is None:
                await build_large(connection, pooled=pooled)
            else:
                await finish_mapping(connection, mapping, new=mapping != known)
    except asyncpg.InsufficientPrivilegeError as error:
        message = f"Installing needs the owner of the tables, or a superuser: {first_line(error)}."
        raise GalopeError(message) from error
    except asyncpg.PostgresError as error:
        message = f"Postgres refused Galope's schema: {first_line(error)}. Nothing was installed."
        raise GalopeError(message) from error
    await check(connection)


async def uninstall(connection: Connection) -> None:
    """Take Galope off: its schema, triggers and the columns it added; the team's rows stay.

    Raises
    ------
    GalopeError
        When the role lacks a privilege, or the tables are in use all the time.
    """
    try:
        await _bounded(connection, _uninstall)
    except asyncpg.PostgresError as error:
        message = f"Postgres refused to uninstall: {first_line(error)}. Nothing was removed."
        raise GalopeError(message) from error


@contextlib.asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[None]:
    """Let no other installation run meanwhile.

    Waiting in Postgres would hold a snapshot, which the indexes being created would wait for.
    """
    attempt = f"SELECT pg_try_advisory_lock({ONE_AT_A_TIME})"
    try:
        async with asyncio.timeout(PATIENCE):
            while not await connection.fetchval(attempt):  # noqa: ASYNC110 - another process's
                await asyncio.sleep(LOCKED_WAIT)
    except TimeoutError as error:
        message = "Another installation is under way. Run --install again when it has ended."
        raise GalopeError(message) from error
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(f"SELECT pg_advisory_unlock({ONE_AT_A_TIME})")


async def _bounded(connection: Connection, change: Callable[[Connection], Awaitable[None]]) -> None:
    """Make a change in one transaction, waiting for the tables in short tries.

    Whoever comes after somebody that waits for a table waits too: so no try is long.
    """
    for left in reversed(range(TRIES)):
        try:
            async with connection.transaction():
                await connection.execute(
                    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = 0"
                )
                await change(connection)
        except _BUSY as error:
            if not left:
                holders = await connection.fetchval(ASKED["who_holds"])
                message = (
                    f"The tables are in use by {holders or 'others'}, so nothing was changed."
                    " End what holds them, or try again when it has ended."
                )
                raise GalopeError(message) from error
            await asyncio.sleep(BETWEEN_TRIES)
        else:
            return


async def _install(connection: Connection, mapping: Mapping | None) -> None:
    before = await _watched(connection)
    await connection.execute(_text(SQL / "schema.sql"))
    if mapping is None:
        await connection.execute(_text(SQL / "team_tables.sql"))
    for file in await pending(connection):
        await connection.execute(_text(file))
        await connection.execute(QUERIES["record_migration"], file.stem)
    if mapping is None:
        for name in ("functions.sql", "triggers.sql", "subjects.sql"):
            await connection.execute(_text(SQL / name))
    else:
        await map_tables(connection, mapping)
    await connection.execute(_text(SQL / "partitions.sql"))
    await drop_unfit(connection)
    if mapping is None:
        await build_small(connection)
    await try_statements(connection)
    await try_write_back(connection)
    await _account_for(connection, before)


async def _watched(connection: Connection) -> dict[int, Watched]:
    """Return the tables that tell of changes, as they are before anything is installed."""
    if await connection.fetchval("SELECT to_regclass('galope.mapped_table') IS NULL"):
        return {}
    return await watched_now(connection)


async def _account_for(connection: Connection, before: dict[int, Watched]) -> None:
    """Take the tables as accounted for; not those that may have hidden something before.

    Whoever writes meanwhile waits, so what was accounted for before still is.
    """
    known, now = await accounted_for(connection), await watched_now(connection)
    if known:
        untouched = {
            relation
            for relation, table in known.items()
            if relation in before and before[relation].triggers == table.triggers != ""
        }
        # To be met as new: what was written into it before it had triggers was not seen.
        blind = [relation for relation, table in known.items() if not table.triggers]
        await connection.execute(WATCH["forget"], blind)
        now = {relation: now[relation] for relation in untouched if relation in now}
    await account_for(connection, list(now.values()))


async def _uninstall(connection: Connection) -> None:
    await connection.execute(_text(SQL / "uninstall.sql"))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
