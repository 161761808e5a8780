"""Connections, and what to tell a person when one can't be had."""

import socket
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

import asyncpg

from postgres.address import Address, place
from postgres.errors import GalopeError, UnavailableError, first_line

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises when a connection fails under its user."""

REMEDIES: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (
        (asyncpg.InvalidCatalogNameError,),
        "There is no database {where}. Create it, or correct DATABASE_URL.",
    ),
    (
        (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InsufficientPrivilegeError),
        "Postgres refused the user or password for {where} ({error}). Correct DATABASE_URL.",
    ),
    (
        (asyncpg.ProtocolViolationError,),
        "What answers for {where} is a pooler that refuses settings ({error})."
        " Add pgbouncer=true to DATABASE_URL, and set GALOPE_LISTEN_URL to a direct address.",
    ),
    (
        (asyncpg.UndefinedObjectError, asyncpg.InvalidParameterValueError),
        "Postgres does not know a parameter of the address of {where} ({error})."
        " Take it out of DATABASE_URL.",
    ),
    (
        (asyncpg.ClientConfigurationError, ValueError, OverflowError),  # a port over 65535
        "DATABASE_URL is not an address Galope can use ({error})."
        " Write postgresql://user@host:5432/name.",
    ),
    (
        (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError),
        "Postgres refused a connection to {where} ({error}). Correct DATABASE_URL.",
    ),
    ((socket.gaierror,), "The host of {where} is not known. Correct DATABASE_URL."),
    (
        (ssl.SSLError,),
        "No trusted connection to {where} ({error})."
        " Correct sslmode or sslrootcert in DATABASE_URL.",
    ),
    (
        (FileNotFoundError,),
        "No socket or certificate for {where} ({error}). Start Postgres, or correct DATABASE_URL.",
    ),
    (
        (OSError, TimeoutError),
        "No Postgres answers for {where}. Start it, or correct DATABASE_URL.",
    ),
)
"""By what connecting raises, the sentence a person reads; the first that fits counts."""


OWN = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "default_transaction_isolation": "read committed",
    # What a policy hides would look like what was deleted: an error is better.
    "row_security": "off",
}
"""Settings of connections that Galope works on, whatever the role's are: it sets its own limits."""

PLAIN = {"quote_all_identifiers": "off"}
"""Settings of every connection: names are compared as Postgres tells them."""

NOT_NOW = (asyncpg.InsufficientResourcesError, asyncpg.CannotConnectNowError)
"""What Postgres says when the same connection may well be had later."""


async def connect(
    url: str,
    name: str,
    settings: Mapping[str, str] | None = None,
    deadline: float | None = None,
) -> Connection:
    """Open a connection.

    Parameters
    ----------
    url
        ``postgresql://…``; see `postgres.address.Address` for what its parameters do.
    name
        How it is called in ``pg_stat_activity``.
    settings
        Of the server, for this connection; not through a pooler, whose connections others use.
    deadline
        Seconds that a command may take unless it says otherwise: what is between may have stopped
        answering without saying so.

    Raises
    ------
    GalopeError
        When it can't be had; the message says what to do.
    UnavailableError
        When it may be had later: Postgres is starting, or has no connection left.
    """
    where = "the database"
    try:
        where = place(url)
        address = Address.read(url)
        wanted = {"application_name": name, **PLAIN, **(settings or {}), **address.settings}
        connection = await asyncpg.connect(
            address.url,
            timeout=address.timeout,
            command_timeout=deadline,
            statement_cache_size=0 if address.pooled else 100,
            server_settings=None if address.pooled else wanted,
        )
        _keep_alive(connection)
        await _settle(connection, address, limits=bool(settings))
    except tuple(kind for kinds, _ in REMEDIES for kind in kinds) as error:
        raise _refusal(error, where) from error
    return connection


def _refusal(error: Exception, where: str) -> GalopeError:
    if isinstance(error, NOT_NOW):
        message = f"Postgres has no connection to give for {where} now ({first_line(error)})."
        return UnavailableError(message)
    sentence = next(text for kinds, text in REMEDIES if isinstance(error, kinds))
    return GalopeError(sentence.format(where=where, error=first_line(error)))


async def _settle(connection: Connection, address: Address, *, limits: bool) -> None:
    """See to what connecting could not: what a pooler or an older Postgres does not take."""
    try:
        if address.pooled:
            await _refuse_schema(connection, address.settings.get("search_path"))
        elif limits and connection.get_server_version() >= (17,):
            await connection.execute("SET transaction_timeout = 0")
    except BaseException:  # cancelled, most often: nobody has it yet who could close it
        connection.terminate()
        raise


async def _refuse_schema(connection: Connection, schema: str | None) -> None:
    """Make sure that a pooler's sessions, which others use, look into the schema asked for."""
    attempt = "SELECT $1::text = ANY (current_schemas(false))"
    if schema is not None and not await connection.fetchval(attempt, schema):
        message = (
            f"A pooler's sessions don't look into schema {schema}. Run: ALTER ROLE … SET"
            f" search_path = {schema}, or name the tables in galope.toml and take schema={schema}"
            " out of DATABASE_URL."
        )
        raise GalopeError(message)


def _keep_alive(connection: Connection) -> None:
    """Have the kernel notice a dead peer in about a minute, also one that never acknowledges."""
    transport = getattr(connection, "_transport", None)
    peer = transport.get_extra_info("socket") if transport else None
    if peer is None or peer.family == getattr(socket, "AF_UNIX", None):
        return
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in TCP.items():
        if hasattr(socket, option):
            peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


TCP = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}
"""When a silent peer is asked whether it is there, and how long what it was sent may stay
unacknowledged: seconds, but for the last."""
