"""Putting Galope on a database, taking it off, and telling whether it is there."""

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


async def install(connection: Connection) -> None:
    """Apply the schema and triggers; applied again, they change nothing.

    Raises
    ------
    GalopeError
        When the role lacks a privilege.
    """
    try:
        async with connection.transaction():
            for file in ("schema.sql", "triggers.sql"):
                await connection.execute((SQL / file).read_text(encoding="utf-8"))
        if await connection.fetchval(QUERIES["events_index_missing"]):
            # Outside a transaction, so that writers of a large table are not kept waiting.
            await connection.execute(QUERIES["create_events_index"])
        for name in ("create_newest_index", "create_stage_index", "create_name_index"):
            await connection.execute(QUERIES[name])
    except asyncpg.InsufficientPrivilegeError as error:
        message = f"Installing needs the owner of leads and events, or a superuser: {said(error)}."
        raise GalopeError(message) from error
    except asyncpg.PostgresError as error:
        message = f"Postgres refused Galope's schema: {said(error)}. Nothing was installed."
        raise GalopeError(message) from error


async def uninstall(connection: Connection) -> None:
    """Take Galope off: its schema, triggers and the columns it added; the team's rows stay."""
    try:
        async with connection.transaction():
            await connection.execute((SQL / "uninstall.sql").read_text(encoding="utf-8"))
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
    except _INCOMPLETE as error:
        message = f"Galope's tables are incomplete ({said(error)}). Run: python -m stream --install"
        raise GalopeError(message) from error
    except asyncpg.InsufficientPrivilegeError as error:
        message = (
            f"The database role may not use Galope's schema ({said(error)})."
            " Apply sql/grants.sql for it."
        )
        raise GalopeError(message) from error
    if triggers:
        message = f"Triggers are missing or disabled: {triggers}. Run: python -m stream --install"
        raise GalopeError(message)
    if rights or columns:
        lacks = " and ".join(filter(None, (rights, columns and f"UPDATE ({columns}) on leads")))
        message = f"The database role lacks {lacks}. Apply sql/grants.sql for it."
        raise GalopeError(message)
