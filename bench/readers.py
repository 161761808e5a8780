"""Whether many readers of the live stream slow the scorer.

The same events are inserted at a steady pace, with nobody reading the API's live stream and with
many; the two take turns. Freshness is measured as in `bench.latency`, by the server's commit times.
The readers are connections of the bench's own process, on the same machine as everything else.

`delivered` is the share of changes that reached the readers, of all that each was owed.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from math import inf
from statistics import median

import asyncpg

from bench import report
from bench.api import serving
from bench.latency import CLIENTS, freshness, now
from bench.processes import ChildProcess, pgbench
from bench.report import Figures
from bench.testbed import QUERIES, Testbed, testbed

PATIENCE_S = 10.0
"""Seconds after a slice within which its last change must have reached every reader."""


class Readers:
    """Connections to the live stream that count the changes they are told.

    Parameters
    ----------
    port
        Of the API.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.received = 0
        self.connected = asyncio.Semaphore(0)
        self._owed = inf
        self._paid = asyncio.Event()

    async def read(self) -> None:
        """Read over one more connection until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(b"GET /stream/leads HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            await reader.readline()
            self.connected.release()
            async for line in reader:
                self.received += line.startswith(b"event: score")
                if self.received >= self._owed:
                    self._paid.set()
        finally:
            writer.close()

    async def wait_for(self, changes: int) -> None:
        """Wait until so many changes have been told, or `PATIENCE_S` have passed."""
        self._owed = changes
        if self.received < changes:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._paid.wait(), PATIENCE_S)


@contextlib.asynccontextmanager
async def reading(port: int, readers: int) -> AsyncIterator[Readers]:
    """Have so many readers for the length of a ``with``."""
    connections = Readers(port)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(connections.read()) for _ in range(readers)]
        # None is owed what came before it was answered.
        for _ in tasks:
            await connections.connected.acquire()
        yield connections
        for task in tasks:
            task.cancel()


async def measure(options: argparse.Namespace) -> Figures:
    """Alternate slices without and with readers; the figures are medians over the rounds."""
    with report.steps(2 * options.rounds + 1) as step:
        async with testbed(leads=options.leads, events=options.leads) as bench:
            step(f"the stream reads {options.leads:,} leads")
            await bench.connection.execute(QUERIES["make_turns"])
            async with bench.stream() as stream, serving(bench) as served:
                await bench.wait_until_idle(stream)
                await bench.vacuum()
                began = await now(bench)
                alone, read, delivered = [], [], []
                for number in range(1, options.rounds + 1):
                    step(f"round {number}: nobody reads")
                    alone.append(await insert(bench, stream, options, number, began))
                    step(f"round {number}: {options.readers} read")
                    async with reading(served.port, options.readers) as readers:
                        read.append(await insert(bench, stream, options, number, began))
                        owed = options.readers * read[-1]["counted"]
                        await readers.wait_for(owed)
                        delivered.append(readers.received / owed)
    figures = {
        "p50_alone_ms": median(row["p50"] for row in alone),
        "p99_alone_ms": median(row["p99"] for row in alone),
        "p50_ms": median(row["p50"] for row in read),
        "p99_ms": median(row["p99"] for row in read),
        "delivered": min(delivered),
    }
    return figures | {"ratio_p50": figures["p50_ms"] / figures["p50_alone_ms"]}


async def insert(
    bench: Testbed, stream: ChildProcess, options: argparse.Namespace, seed: int, began: datetime
) -> asyncpg.Record:
    """Insert for a while, and return how fresh the scores were."""
    since = await now(bench)
    await pgbench(
        bench.dsn,
        "next_event",
        clients=CLIENTS,
        seconds=options.seconds,
        seed=seed,
        rate=options.rate,
        leads=options.leads,
    )
    await bench.wait_until_idle(stream)
    return await freshness(bench, "freshness", began, since)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.readers",
        __doc__,
        measure,
        "{readers} readers of the live stream",
        readers=(500, "readers of the live stream"),
        rate=(200, "events a second"),
        seconds=(8, "seconds of each slice"),
        rounds=(3, "rounds of the two slices"),
        leads=(20_000, "leads that are dealt events in turn"),
    )


if __name__ == "__main__":
    sys.exit(main())
