"""Connections, and what to tell a person when one can't be had."""

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg

from postgres.errors import GalopeError, said

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises when a connection fails under its user."""


def place(url: str) -> str:
    """Return a database address without its password, for people and logs."""
    parts = urlsplit(url)
    host = f"{parts.hostname or 'local socket'}{f':{parts.port}' if parts.port else ''}"
    return f"{parts.path.lstrip('/') or '(default)'} at {host}"


async def connect(url: str, name: str, settings: Mapping[str, str] | None = None) -> Connection:
    """Open a connection.

    Parameters
    ----------
    url
        ``postgresql://…``. Statements are not cached on the server's side when it says
        ``pgbouncer=true``.
    name
        How it is called in ``pg_stat_activity``.
    settings
        Of the server, for this connection; not through a pooler, whose connections others use.

    Raises
    ------
    GalopeError
        When it can't be had; the message says what to do.
    """
    pooled = "pgbouncer=true" in url
    url = (
        url.replace("?pgbouncer=true&", "?")
        .replace("?pgbouncer=true", "")
        .replace("&pgbouncer=true", "")
    )
    where = "the database"
    try:
        where = place(url)
        return await asyncpg.connect(
            url,
            timeout=10,
            statement_cache_size=0 if pooled else 100,
            server_settings=None if pooled else {"application_name": name, **(settings or {})},
        )
    except asyncpg.InvalidCatalogNameError as error:
        message = f"There is no database {where}. Create it, or correct DATABASE_URL."
        raise GalopeError(message) from error
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InsufficientPrivilegeError,
    ) as error:
        message = (
            f"Postgres refused the user or password for {where} ({said(error)})."
            " Correct DATABASE_URL."
        )
        raise GalopeError(message) from error
    except (asyncpg.ClientConfigurationError, ValueError) as error:
        message = (
            f"DATABASE_URL is not an address Galope can use ({said(error)})."
            " Write postgresql://user@host:5432/name."
        )
        raise GalopeError(message) from error
    except socket.gaierror as error:
        message = f"The host of {where} is not known. Correct DATABASE_URL."
        raise GalopeError(message) from error
    except (OSError, TimeoutError) as error:
        message = f"No Postgres answers for {where}. Start it, or correct DATABASE_URL."
        raise GalopeError(message) from error
