"""``python -m bench.floor``: the least that any consumer does, as a process like the stream.

Told of an event by NOTIFY, it fetches the event's row and updates one lead's score: two round trips
and one commit.
"""

import argparse
import asyncio
import sys
from typing import Any

import asyncpg

from bench.testbed import QUERIES
from postgres.command import command
from postgres.connect import connect
from postgres.settings import Settings

BY_INDEX = {"enable_seqscan": "off", "enable_bitmapscan": "off", "jit": "off"}


async def serve(dsn: str) -> None:
    """Score bare events until it is stopped; a line on standard output says that it listens."""
    listener = await connect(dsn, "galope floor")
    # Planned while its tables are empty, it would read them whole for the rest of the run.
    worker = await asyncpg.connect(dsn, server_settings=BY_INDEX)
    queue: asyncio.Queue[int] = asyncio.Queue()

    def on_notify(*notification: Any) -> None:
        queue.put_nowait(int(notification[-1]))

    await listener.add_listener("bench_floor", on_notify)
    print("listening", flush=True)
    while True:
        events = [await queue.get()]
        while not queue.empty():
            events.append(queue.get_nowait())
        rows = await worker.fetch(QUERIES["fetch_floor"], events)
        await worker.execute(QUERIES["score_floor"], [row["id"] for row in rows])


@command
def main() -> int:
    """Run the command line; return the exit code."""
    argparse.ArgumentParser(
        prog="python -m bench.floor",
        description="Be the least consumer there is, on the database in DATABASE_URL; the other"
        " benches start it themselves.",
    ).parse_args()
    asyncio.run(serve(Settings().database_url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
