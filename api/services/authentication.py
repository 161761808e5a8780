"""``python -m api.keys``: keys made, listed and revoked; and looked up, by hash, as calls come."""

import hashlib
import secrets
import time
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import asyncpg
import structlog
from fastapi import Request

from api.access import CALLS_AS, Actor, Role, User, UserRole
from api.errors import ApiError
from api.services.database import STATEMENTS, Database, checked
from api.settings import Settings
from api.texts import Text
from postgres.connect import Connection
from postgres.errors import GalopeError

log = structlog.get_logger()

PREFIX = "galope_"

REMEMBERED = 5.0
"""Seconds for which a key is not looked up again: how long a revoked one may still work."""

MOST = 1_000
"""Keys remembered at the most."""

FORWARDED = (
    "forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    "x-forwarded-port", "x-forwarded-server", "x-real-ip", "x-client-ip", "true-client-ip",
    "cf-connecting-ip",
)  # fmt: skip
"""Headers of proxies: who sends them passes on what somebody else asked for."""

LOCAL = Actor("local", Role.ADMIN)
"""Who calls from this machine in the demo, where no key is asked for."""


def hashed(key: str) -> bytes:
    """Return what is stored of a key. It is random and long, so a fast hash is enough."""
    return hashlib.sha256(key.encode()).digest()


@lru_cache(maxsize=1_000)
def is_local(address: str) -> bool:
    """Tell whether a ``Host`` or ``Origin`` names this machine.

    Examples
    --------
    >>> [is_local(host) for host in ("127.0.0.1:8000", "http://localhost:3000", "[::1]:8000")]
    [True, True, True]
    >>> is_local("crm.example.com")
    False
    """
    try:
        name = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


class Authentication:
    """Tells who calls.

    Parameters
    ----------
    database
        Where keys are.
    settings
        Whether calls without a key may be let in: in the demo, on a loopback address.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._known: dict[bytes, tuple[Actor | None, float]] = {}

    async def actor(self, request: Request) -> Actor | None:
        """Return who makes a request, or None when it can't be told."""
        key = sent_key(request)
        if key:
            return await self._holder(hashed(key))
        if request.headers.get("authorization") or self.asked_for or not _came_directly(request):
            return None
        origin = request.headers.get("origin")
        allowed = not origin or origin in self._settings.origins or is_local(origin)
        if not allowed or request.headers.get("sec-fetch-site") == "cross-site":
            raise ApiError(403, Text.FOREIGN_ORIGIN)
        return LOCAL

    async def _holder(self, key_hash: bytes) -> Actor | None:
        actor, until = self._known.get(key_hash, (None, 0.0))
        if time.monotonic() < until:
            return actor
        row = await self._database.fetchrow("key_holder", key_hash)
        actor = _actor(row) if row else None
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key_hash] = (actor, time.monotonic() + REMEMBERED)
        return actor

    def forget(self, key: str) -> None:
        """Look a key or a session up again when it is used next."""
        self._known.pop(hashed(key), None)

    @property
    def asked_for(self) -> bool:
        """Whether calls without a key are turned away."""
        return not (self._settings.demo and self._settings.loopback)


def sent_key(request: Request) -> str | None:
    """Return the key, or the session's token, that came with a request."""
    sent = request.headers.get("authorization", "")
    return sent[7:] if sent[:7].lower() == "bearer " else request.headers.get("x-api-key")


def _actor(row: asyncpg.Record) -> Actor:
    if row["user_id"] is None:
        return Actor(row["name"], Role(row["role"]))
    role = UserRole(row["role"])
    return Actor(row["name"], CALLS_AS[role], User(row["user_id"], role))


def _came_directly(request: Request) -> bool:
    """Tell whether a request was made to this machine by name, and nobody says it was passed on."""
    headers = request.headers
    return is_local(headers.get("host", "")) and not any(name in headers for name in FORWARDED)


async def ensure_guarded(settings: Settings) -> None:
    """Make sure that there can be a database, and that a key is needed from elsewhere.

    Served to this machine only, the API starts without a usable database: its calls are answered
    503 until there is one.

    Raises
    ------
    GalopeError
        When ``DATABASE_URL`` is no address, or when the API would be served beyond this machine
        while the database can't be used or nobody has a key.
    """
    try:
        async with checked(settings.database_url, "galope api") as connection:
            guarded = settings.loopback or await connection.fetchval(STATEMENTS["keys_work"])
    except GalopeError as error:
        if settings.loopback and not isinstance(error.__cause__, ValueError):
            log.warning("calls are answered 503 until this is mended", error=str(error))
            return
        raise
    if not guarded:
        message = (
            f"GALOPE_API_HOST is {settings.api_host}, which others can reach, and nobody has an"
            " API key. Make one: python -m api.keys add NAME --role admin"
        )
        raise GalopeError(message)


async def make_key(
    connection: Connection, name: str, role: str, days: int | None
) -> tuple[int, str]:
    """Make a key that lasts so many days, or for ever; return its number, and what it is.

    It is not stored, and can't be told again.
    """
    key = PREFIX + secrets.token_urlsafe(32)
    lasts = timedelta(days=days) if days else None
    number = await connection.fetchval(STATEMENTS["add_key"], name, role, hashed(key), lasts)
    return number, key
