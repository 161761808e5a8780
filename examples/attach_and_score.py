"""Attach Galope to a database, insert a lead and its events, and wait for the score they bring.

Run it from the checkout: ``.venv/bin/python -m examples.attach_and_score``. It starts a Postgres of
its own and removes it at the end; give a ``postgresql://`` address of an empty database to use
that.
"""

import asyncio
import os
import subprocess
import sys
from contextlib import ExitStack

import asyncpg

from local.postgres import throwaway

SCORE = """
    SELECT score_after FROM galope.score_history
    WHERE lead_id = $1 AND cause = coalesce($2, cause) ORDER BY id DESC LIMIT 1
"""


async def follow(dsn: str) -> None:
    """Insert a lead, then an event at a time, and print the score that each brings."""
    connection = await asyncpg.connect(dsn)
    committed = asyncio.Event()
    await connection.add_listener("galope_scored", lambda *_: committed.set())

    async def print_score(event_type: str | None) -> None:
        while (score := await connection.fetchval(SCORE, lead, event_type)) is None:
            await asyncio.wait_for(committed.wait(), timeout=60)
            committed.clear()
        print(f"{event_type or 'captured':14} score {score:3}")

    lead = await connection.fetchval(
        "INSERT INTO leads (nome, segmento_interesse, uf)"
        " VALUES ('Helena', 'CAVALOS', 'MG') RETURNING id"
    )
    await print_score(None)
    for event_type in ("page_view", "hook_complete", "cta_click"):
        await connection.execute(
            "INSERT INTO events (lead_id, event_type) VALUES ($1, $2)", lead, event_type
        )
        await print_score(event_type)
    await connection.close()


def main() -> None:
    """Install, run the stream beside the script, and follow one lead."""
    with ExitStack() as stack:
        dsn = sys.argv[1] if len(sys.argv) > 1 else stack.enter_context(throwaway())
        command = [sys.executable, "-m", "stream"]
        environment = {**os.environ, "DATABASE_URL": dsn}
        subprocess.run([*command, "--install"], env=environment, check=True)
        stream = subprocess.Popen(command, env=environment)
        stack.callback(stream.wait)
        stack.callback(stream.terminate)
        asyncio.run(follow(dsn))


if __name__ == "__main__":
    main()
