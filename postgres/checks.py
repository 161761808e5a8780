"""What of a database Galope can't work with, told in one sentence before anything is changed."""

import re
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from postgres.connect import Connection
from postgres.errors import GalopeError, first_line
from postgres.mapped_tables import TEMPLATES, Catalogue, refuse_unseen
from postgres.mapping import Mapping
from postgres.migrations import pending
from postgres.statements import QUERIES, SQL, read

CHECKS = read(SQL / "checks.sql")
"""The statements of ``sql/checks.sql`` by name, in order."""

TRIED = read(SQL / "install.sql")
"""The statements of ``sql/install.sql`` by name."""

STATUSES = {"CURIOSO": 0, "AQUECENDO": 60, "QUALIFICADO": 100}
"""What is written to try whether it can be: each status, with a score of its band."""

_INCOMPLETE = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedObjectError,
)
"""What Postgres says where an earlier version was installed."""

GENERAL = ("server", "search_path", "schema")
"""The checks that look at no table."""

MADE = 3
"""Functions that are made of a mapping; an earlier release made two."""

_TYPED = "".join(
    f"PREPARE galope_check AS {statement}; DEALLOCATE galope_check;\n"
    for statement in QUERIES.values()
    if re.search(r"\b(leads|events)\b", re.sub(r"--.*", "", statement))
    and re.match(r"(--.*\n|\s)*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", statement)
)
"""Has Postgres look at every statement over the team's tables, without executing it."""


HAS_MAPPING = """
    SELECT EXISTS (
        SELECT FROM pg_class
        WHERE relname = 'mapped_table' AND relnamespace = to_regnamespace('galope')
    )
"""
"""Asks the catalogue: a schema of that name that is somebody else's may not be looked into."""


async def is_mapped(connection: Connection) -> bool:
    """Tell whether Galope is installed on tables that galope.toml maps, not on leads and events."""
    if not await connection.fetchval(HAS_MAPPING):
        return False
    mapped: bool = await connection.fetchval(QUERIES["maps_a_table"])
    return mapped


async def stored_mapping(connection: Connection) -> Mapping | None:
    """Return the mapping that was installed last, or None where leads and events are read."""
    if not await connection.fetchval(HAS_MAPPING):
        return None
    stored = await connection.fetchval(TEMPLATES["stored_mapping"])
    return None if stored is None else Mapping.model_validate_json(stored)


async def refuse_unusable(connection: Connection, *, mapped: bool) -> None:
    """Make sure that Galope can work with the server, the role and the tables there are.

    Whether mapped tables can be used is looked at when they are mapped.

    Raises
    ------
    GalopeError
        When it can't; the message says why, and what to do.
    """
    for name in GENERAL if mapped else CHECKS:
        if sentence := await connection.fetchval(CHECKS[name]):
            raise GalopeError(sentence)
    if not mapped:
        await refuse_unseen(connection, ["leads", "events"])


async def try_statements(connection: Connection) -> None:
    """Make sure that Postgres understands every statement over the team's tables.

    Raises
    ------
    GalopeError
        When it does not: a column has another type or name than Galope expects.
    """
    try:
        if mapping := await stored_mapping(connection):
            await _try_mapping(connection, mapping)
        else:
            await connection.execute(_TYPED)
        await connection.execute(QUERIES["try_reading"])
    except (asyncpg.SyntaxOrAccessError, asyncpg.FeatureNotSupportedError) as error:
        message = (
            f"Galope's statements don't fit the tables they read: {first_line(error)}. Change the"
            " tables, or say in galope.toml which columns to use, and run:"
            " python -m stream --install"
        )
        raise GalopeError(message) from error


async def _try_mapping(connection: Connection, mapping: Mapping) -> None:
    """Make sure that what was made of a mapping is what would be made of it now."""
    async with connection.transaction():
        tables = await Catalogue(connection, on_rows=False).fit(mapping)
    bodies = await connection.fetch(QUERIES["made_functions"])
    if len(bodies) < MADE or not all(row["body"] in tables.functions for row in bodies):
        message = (
            "The tables that galope.toml maps are not what they were when Galope was installed on"
            " them. Run: python -m stream --install"
        )
        raise GalopeError(message)


async def try_write_back(connection: Connection) -> None:
    """Write a score of each status to one row, and roll it back.

    Raises
    ------
    GalopeError
        When a constraint or a trigger of the team's does not let it be written.
    """
    attempt, table = TRIED["try_write_back"], "leads"
    if await is_mapped(connection):
        attempt, table = TRIED["try_columns"], await connection.fetchval(QUERIES["mapped_subject"])
    if hurry := await connection.fetchval(TRIED["hurry"]):
        raise GalopeError(hurry)
    transaction = connection.transaction()
    await transaction.start()
    try:
        for status, score in STATUSES.items():
            row = await connection.fetchrow(attempt, score, status)
            if row is not None and row["found"] and not row["written"]:
                message = (
                    f"A trigger of {table} keeps what Galope writes from being stored."
                    f" Look at: {row['triggers']}."
                )
                raise GalopeError(message)
        # Constraints and triggers may wait for the end, which does not come.
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except asyncpg.QueryCanceledError as error:
        message = (
            f"Writing one score takes longer than the role may: {first_line(error)}."
            " Raise its statement_timeout."
        )
        raise GalopeError(message) from error
    except asyncpg.PostgresError as error:
        message = (
            f"Scores can't be written to {table}: {first_line(error)}{_where(error)}. Allow"
            " what Galope writes, grant the stream's role what the trigger needs, or have it write"
            " to its own table, in galope.toml."
        )
        raise GalopeError(message) from error
    finally:
        if not connection.is_closed():
            await transaction.rollback()


def _where(error: asyncpg.PostgresError) -> str:
    """Return the function of the team's that an error came from, if it came from one."""
    match = re.search(r"function (\S+)", getattr(error, "context", None) or "")
    return f" (in function {match[1]})" if match else ""


def _lacking(
    missing: Sequence[Path], triggers: str | None, rights: str | None, columns: str | None,
    *, mapped: bool,
) -> str | None:  # fmt: skip
    """Return what an installation lacks and the remedy, or None when it is whole."""
    if missing:
        names = ", ".join(file.stem for file in missing)
        return f"Galope's tables lack the changes of {names}. Run: python -m stream --install"
    if triggers:
        return f"Triggers are missing or disabled: {triggers}. Run: python -m stream --install"
    if rights or columns:
        lacks = " and ".join(filter(None, (rights, columns)))
        grants = "grants_mapped" if mapped else "grants"
        return f"The database role lacks {lacks}. Apply sql/{grants}.sql for it."
    return None


async def check(connection: Connection, *, as_stream: bool = True) -> None:
    """Make sure that Galope can run here, by what the catalogue says.

    What only reads, trains or answers calls needs less than the stream does (``as_stream``).

    Raises
    ------
    GalopeError
        When something is missing or in the way; the message says what, and what to do.
    """
    if not await connection.fetchval("SELECT to_regnamespace('galope') IS NOT NULL"):
        name = await connection.fetchval("SELECT current_database()")
        message = f"Galope is not installed in database {name}. Run: python -m stream --install"
        raise GalopeError(message)
    try:
        mapped = await is_mapped(connection)
        await refuse_unusable(connection, mapped=mapped)
        triggers = await connection.fetchval(QUERIES["missing_triggers"])
        rights = columns = None
        if as_stream:
            rights = await connection.fetchval(QUERIES["missing_rights"])
            if "galope.subject" not in (rights or ""):
                columns = await connection.fetchval(QUERIES["unwritable_columns"])
        await connection.execute("SELECT NULL::galope.rescore")
        missing = [] if rights or columns else await pending(connection)
    except _INCOMPLETE as error:
        message = (
            f"Galope's tables are incomplete ({first_line(error)}). Run: python -m stream --install"
        )
        raise GalopeError(message) from error
    except asyncpg.InsufficientPrivilegeError as error:
        message = (
            f"The database role may not use Galope's schema ({first_line(error)})."
            " Apply sql/grants.sql for it, or sql/grants_mapped.sql beside a galope.toml."
        )
        raise GalopeError(message) from error
    if sentence := _lacking(missing, triggers, rights, columns, mapped=mapped):
        raise GalopeError(sentence)
    if as_stream:
        await try_statements(connection)
