"""Whose turn it is: one stream works on a database, any others wait, ready to take over."""

import asyncio

import asyncpg
import structlog

from postgres.connect import Connection
from postgres.statements import SQL, read

log = structlog.get_logger()

TURN = read(SQL / "turn.sql")
"""The statements of ``sql/turn.sql``, by name."""

ONLY_ONE = 7450481587
"""Advisory lock of the stream that works."""

LEASE = 30.0
"""Seconds of silence after which a stream that works is taken for frozen. It says every second that
it does, but while a large batch is written."""

LOOK_EVERY = 1.0
"""Seconds between looks of a stream that waits."""


async def has_turn(connection: Connection, *, leased: bool) -> bool:
    """Tell whether no other stream works; with a lock, none will as long as the session lasts.

    Parameters
    ----------
    connection
        Kept open by a stream that works.
    leased
        Whether a transaction pooler is between, which would keep a lock when its taker is gone.
        Then only the heartbeat in the cursor's row says that a stream works.
    """
    if leased:
        return not await connection.fetchval(TURN["lease_is_held"], LEASE)
    return bool(await connection.fetchval(TURN["lock"], ONLY_ONE))


async def wait_for_turn(connection: Connection, *, leased: bool) -> None:
    """Wait until no other stream works, or the one that has the lock is found to be frozen.

    Parameters
    ----------
    connection, leased
        As of `has_turn`.
    """
    waits = False
    while not await has_turn(connection, leased=leased):
        if not waits:
            waits = True
            log.info("another stream runs on this database; waiting to take over")
        if not leased and await _end_silent(connection):
            log.warning("the other stream has been silent; its sessions are ended", seconds=LEASE)
            continue
        await asyncio.sleep(LOOK_EVERY)


async def _end_silent(connection: Connection) -> int:
    try:
        ended: int = await connection.fetchval(TURN["end_silent"], ONLY_ONE, LEASE)
    except asyncpg.InsufficientPrivilegeError:
        log.warning("the other stream has been silent, and its sessions are of another role")
        return 0
    return ended


async def release(connection: Connection, epoch: int) -> None:
    """Let the next stream take over at once, and have nobody believe that this one works."""
    await connection.execute(TURN["release"], epoch)
