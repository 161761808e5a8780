"""Reading every lead anew: what is forgotten, and what a log that was cut off takes."""

import asyncpg

from postgres.connect import Connection
from postgres.statements import QUERIES

OF_ALL_LEADS = 3600.0
"""Seconds that a statement which touches every lead may take."""


async def reopen_log(connection: Connection) -> None:
    """Have a log that was cut off take changes again, and every lead be read anew.

    Transactions that began before may still be without their changes in it: once they have ended,
    leads are read anew once more. Each step is committed by itself, and all are repeated after a
    crash between them.
    """
    for step in ("note_cut", "open_log", "ask_for_rebuild", "note_running"):
        await connection.execute(QUERIES[step])


async def start_over(connection: Connection) -> None:
    """Forget every state and set the cursor to what is visible now."""
    for name in ("start_cursor", "forget_foreign_changes"):
        await connection.execute(QUERIES[name], timeout=OF_ALL_LEADS)
    await _forget_states(connection)
    await connection.execute(QUERIES["forget_missing_leads"], timeout=OF_ALL_LEADS)


async def _forget_states(connection: Connection) -> None:
    """Empty the states at once, or row by row where somebody reads them: nobody waits for that."""
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '100ms'")
            await connection.execute(QUERIES["empty_states"])
    except asyncpg.LockNotAvailableError:
        await connection.execute(QUERIES["forget_states"], timeout=OF_ALL_LEADS)
    await connection.execute("SET LOCAL lock_timeout = 0")
