"""Signing in: a session for who knows their password, or whom somebody vouches for."""

import asyncio
import secrets
import time
from collections import OrderedDict

import asyncpg

from api.access import Actor, Role
from api.errors import RETRY_AFTER, ApiError
from api.services import passwords
from api.services.authentication import PREFIX, hashed
from api.services.database import STATEMENTS, Database
from api.texts import Text
from postgres.connect import Connection

LASTS_DAYS = 30
"""Days for which a browser stays signed in."""

TRIES = 10
"""Wrong passwords for an e-mail within `WINDOW_S` after which it is not looked at any more."""

WINDOW_S = 900.0

MOST = 10_000
"""E-mails whose wrong passwords are remembered."""


class SignIn:
    """Makes sessions.

    Parameters
    ----------
    database
        Where users and sessions are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()
        self._hashing = asyncio.Semaphore(1)

    async def by_password(self, email: str, password: str) -> asyncpg.Record:
        """Return the user who has this e-mail and password.

        Raises
        ------
        ApiError
            When nobody has, or after too many wrong passwords.
        """
        email = email.lower()
        recent = [at for at in self._wrong.get(email, ()) if at > time.monotonic() - WINDOW_S]
        if len(recent) >= TRIES:
            raise ApiError(429, Text.TOO_MANY_TRIES, RETRY_AFTER)
        # Counted before it is known to be wrong, for those sent at once.
        self._wrong[email] = [*recent, time.monotonic()]
        self._wrong.move_to_end(email)
        if len(self._wrong) > MOST:
            self._wrong.popitem(last=False)
        user = await self._database.fetchrow("user_with_email", email)
        stored = user and user["password_hash"]
        if not await self.fits(password, stored or passwords.nobodys()) or not stored:
            raise ApiError(403, Text.WRONG_PASSWORD)
        self._wrong.pop(email, None)
        assert user is not None  # noqa: S101 - who has a hash is somebody
        return user

    async def vouched(self, actor: Actor, email: str) -> asyncpg.Record:
        """Return the user with an e-mail that an admin's key says has signed in elsewhere.

        Raises
        ------
        ApiError
            When the caller is no admin's key, or nobody has the e-mail.
        """
        if actor.role != Role.ADMIN or actor.user is not None:
            raise ApiError(403, Text.NOT_ALLOWED)
        user = await self._database.fetchrow("user_with_email", email)
        if user is None:
            raise ApiError(403, Text.WRONG_PASSWORD)
        return user

    async def fits(self, password: str, stored: str) -> bool:
        """Tell whether a password fits; one at a time, for each takes much of the processor."""
        async with self._hashing:
            return await asyncio.to_thread(passwords.fits, password, stored)

    async def session(self, user_id: int) -> str:
        """Begin a session, and return its token. It is not stored, and can't be told again."""
        token = PREFIX + secrets.token_urlsafe(32)
        async with self._database.transaction() as connection:
            await connection.execute(STATEMENTS["expire_sessions"])
            await connection.execute(STATEMENTS["add_session"], user_id, hashed(token), LASTS_DAYS)
        return token


async def make_user(
    connection: Connection, name: str, email: str, role: str, team: str | None = None
) -> tuple[int, str]:
    """Make a user, and return their number and a first password.

    Raises
    ------
    ApiError
        When the name or the e-mail is somebody's.
    """
    password = passwords.made_up()
    stored = await asyncio.to_thread(passwords.hashed, password)
    number = await connection.fetchval(STATEMENTS["add_user"], name, email, role, stored, team)
    if number is None:
        raise ApiError(409, Text.USER_TAKEN)
    return number, password


async def renew_password(connection: Connection, number: int) -> str:
    """Give a user a new password, and return it; they are signed out everywhere.

    Raises
    ------
    ApiError
        When there is no such user.
    """
    password = passwords.made_up()
    stored = await asyncio.to_thread(passwords.hashed, password)
    if await connection.fetchval(STATEMENTS["set_password"], number, stored) is None:
        raise ApiError(404, Text.USER_NOT_FOUND)
    await connection.execute(STATEMENTS["end_sessions"], number, None)
    return password
