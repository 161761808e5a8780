"""Putting Galope on a database, taking it off, and telling whether it is there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg

from postgres.connect import Connection
from postgres.errors import GalopeError, said
from postgres.statements import QUERIES, SQL

_INCOMPLETE = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedObjectError,
)
"""What Postgres says where an earlier version was installed."""


ONE_AT_A_TIME = 7450481588
"""Advisory lock of an installation under way."""

LOCKED_WAIT = 0.1
"""Seconds between tries while another installation is under way."""


def migrations() -> list[Path]:
    """Return the files of ``sql/migrations``, in the order in which they are applied."""
    return sorted((SQL / "migrations").glob("[0-9][0-9][0-9]_*.sql"))


async def pending(connection: Connection) -> list[Path]:
    """Return the migrations that were not applied yet."""
    applied = {row["name"] for row in await connection.fetch(QUERIES["applied_migrations"])}
    return [file for file in migrations() if file.stem not in applied]


async def install(connection: Connection) -> None:
    """Apply the migrations that are missing, and what may change at any time; safe to repeat.

    Parameters
    ----------
    connection
        A direct one: a pooler may lose the lock that lets one installation run at a time.

    Raises
    ------
    GalopeError
        When the role lacks a privilege.
    """
    try:
        async with _alone(connection):
            await _install(connection)
    except asyncpg.InsufficientPrivilegeError as error:
        message = f"Installing needs the owner of leads and events, or a superuser: {said(error)}."
        raise GalopeError(message) from error
    except asyncpg.PostgresError as error:
        message = f"Postgres refused Galope's schema: {said(error)}. Nothing was installed."
        raise GalopeError(message) from error


@contextlib.asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[None]:
    """Let no other installation run meanwhile.

    Waiting in Postgres would hold a snapshot, which the indexes being created would wait for.
    """
    attempt = f"SELECT pg_try_advisory_lock({ONE_AT_A_TIME})"
    while not await connection.fetchval(attempt):  # noqa: ASYNC110 - another process holds it
        await asyncio.sleep(LOCKED_WAIT)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(f"SELECT pg_advisory_unlock({ONE_AT_A_TIME})")


async def _install(connection: Connection) -> None:
    async with connection.transaction():
        await connection.execute(_text(SQL / "team_tables.sql"))
        for file in await pending(connection):
            await connection.execute(_text(file))
            await connection.execute(QUERIES["record_migration"], file.stem)
        for name in ("functions.sql", "triggers.sql"):
            await connection.execute(_text(SQL / name))
    if await connection.fetchval(QUERIES["events_index_missing"]):
        # Outside a transaction, so that writers of a large table are not kept waiting.
        await connection.execute(QUERIES["create_events_index"])
    for name in ("create_newest_index", "create_stage_index", "create_name_index"):
        await connection.execute(QUERIES[name])


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


async def uninstall(connection: Connection) -> None:
    """Take Galope off: its schema, triggers and the columns it added; the team's rows stay."""
    try:
        async with connection.transaction():
            await connection.execute(_text(SQL / "uninstall.sql"))
    except asyncpg.PostgresError as error:
        message = f"Postgres refused to uninstall: {said(error)}. Nothing was removed."
        raise GalopeError(message) from error


async def check(connection: Connection) -> None:
    """Make sure that the stream can run here.

    Raises
    ------
    GalopeError
        When something is missing; the message says what, and what to do.
    """
    if not await connection.fetchval("SELECT to_regnamespace('galope') IS NOT NULL"):
        name = await connection.fetchval("SELECT current_database()")
        message = f"Galope is not installed in database {name}. Run: python -m stream --install"
        raise GalopeError(message)
    try:
        triggers = await connection.fetchval(QUERIES["missing_triggers"])
        rights = await connection.fetchval(QUERIES["missing_rights"])
        columns = await connection.fetchval(QUERIES["unwritable_columns"])
        await connection.execute("SELECT NULL::galope.rescore")
        missing = [] if rights or columns else await pending(connection)
    except _INCOMPLETE as error:
        message = f"Galope's tables are incomplete ({said(error)}). Run: python -m stream --install"
        raise GalopeError(message) from error
    except asyncpg.InsufficientPrivilegeError as error:
        message = (
            f"The database role may not use Galope's schema ({said(error)})."
            " Apply sql/grants.sql for it."
        )
        raise GalopeError(message) from error
    if missing:
        names = ", ".join(file.stem for file in missing)
        message = f"Galope's tables lack the changes of {names}. Run: python -m stream --install"
        raise GalopeError(message)
    if triggers:
        message = f"Triggers are missing or disabled: {triggers}. Run: python -m stream --install"
        raise GalopeError(message)
    if rights or columns:
        lacks = " and ".join(filter(None, (rights, columns and f"UPDATE ({columns}) on leads")))
        message = f"The database role lacks {lacks}. Apply sql/grants.sql for it."
        raise GalopeError(message)
