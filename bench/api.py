"""How much the API takes, how soon a score is seen, and how long a page takes.

Postgres, the stream, the API and this bench's client share the machine. Measured are events posted
by so many connections as fast as each is answered; then, at a steady pace, the time from the answer
to a POST until its score arrives on the live stream; then pages of leads and of the board while
nothing else happens.
"""

import argparse
import asyncio
import itertools
import random
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import quantiles

from bench import report
from bench.http import Client, client
from bench.processes import ChildProcess, running
from bench.report import BenchError, Figures
from bench.testbed import Testbed, testbed

RATE = 200
"""Events a second while the live stream is timed."""

PAGES = 200
"""Pages of each kind that are asked for."""

PAGE = 100
"""Leads in a page."""

START_S = 120
"""Seconds the API has to answer after its start."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A running API, and the port it serves on."""

    process: ChildProcess
    port: int


@asynccontextmanager
async def serving(bench: Testbed, **more: str) -> AsyncIterator[Serving]:
    """Run the API, with more settings from its environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    settings = {
        "GALOPE_API_PORT": str(port),
        "GALOPE_API_INGEST_RATE": "1000000",
        "GALOPE_DEMO": "1",
    }
    async with running("api", bench.dsn, **settings, **more) as api:
        await _answers(api, port)
        yield Serving(api, port)


async def _answers(api: ChildProcess, port: int) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        api.ensure_alive()
        try:
            async with client(port) as connection:
                await connection.ask("GET", "/health")
                return
        except OSError:
            await asyncio.sleep(0.1)
    message = f"The API did not answer within {START_S} s."
    raise BenchError(message)


async def measure(options: argparse.Namespace) -> Figures:
    """Run all three; see the module's own words."""
    with report.steps(6) as step:
        async with testbed(leads=options.leads, events=0) as bench:
            step(f"the stream reads {options.leads:,} leads")
            async with bench.stream() as stream, serving(bench) as served:
                await bench.wait_until_idle(stream)
                port = served.port
                await bench.vacuum()
                rows = await bench.connection.fetch("SELECT id::text FROM leads ORDER BY id")
                leads = [row["id"] for row in rows]
                async with AsyncExitStack() as stack:
                    clients = [
                        await stack.enter_async_context(client(port))
                        for _ in range(options.connections)
                    ]
                    step("posting events")
                    await post(clients, leads, 1)
                    figures = await post(clients, leads, options.seconds)
                    await bench.wait_until_idle(stream)
                    step("waiting for scores")
                    figures |= await live(port, clients, leads, options.seconds)
                    await bench.wait_until_idle(stream)
                    await bench.vacuum()
                    step("turning pages")
                    return figures | await pages(clients[0], options.leads)


async def post(clients: Sequence[Client], leads: Sequence[str], seconds: float) -> Figures:
    """Post events over every connection as fast as each is answered."""
    chance = random.Random(7)  # noqa: S311 - which lead is next is no secret
    waits: list[float] = []
    began = time.perf_counter()

    async def producer(connection: Client) -> None:
        while (sent := time.perf_counter()) < began + seconds:
            lead_id = chance.choice(leads)
            event = {"lead_id": lead_id, "event_type": "page_view", "metadata": {"page": "/"}}
            await connection.ask("POST", "/events", event)
            waits.append(time.perf_counter() - sent)

    await asyncio.gather(*map(producer, clients))
    took = time.perf_counter() - began
    return {"events_per_s": len(waits) / took, "connections": len(clients)} | _spread("post", waits)


async def live(
    port: int, clients: Sequence[Client], leads: Sequence[str], seconds: float
) -> Figures:
    """Post events at a steady pace, and time each score from the answer to its arrival."""
    seen: dict[str, float] = {}
    used = leads[: int(RATE * seconds)]
    awaited, complete = set(used), asyncio.Event()

    async def watch(connection: Client, ready: asyncio.Event) -> None:
        ready.set()
        async for change in connection.events("/stream/leads"):
            lead_id = change["lead_id"]
            if change["cause"] == "cta_click" and lead_id in awaited:
                seen[lead_id] = time.perf_counter()
                if len(seen) == len(used):
                    complete.set()

    async with client(port) as watching:
        ready = asyncio.Event()
        watcher = asyncio.create_task(watch(watching, ready))
        await ready.wait()
        await asyncio.sleep(0.5)  # until it is counted among the readers
        answered = await _post_steadily(clients, used)
        try:
            async with asyncio.timeout(START_S):
                await complete.wait()
        except TimeoutError as error:
            message = f"Of {len(used)} scores only {len(seen)} were seen."
            raise BenchError(message) from error
        finally:
            watcher.cancel()
    # A score that is seen before the POST's own answer was waited for by nobody.
    waits = [max(seen[lead_id] - answered[lead_id], 0.0) for lead_id in used]
    return {"live_rate": RATE} | _spread("live", waits)


async def _post_steadily(clients: Sequence[Client], leads: Sequence[str]) -> dict[str, float]:
    """Post an event for each lead, `RATE` a second; return when each was answered."""
    answered: dict[str, float] = {}
    free: asyncio.Queue[Client] = asyncio.Queue()
    for connection in clients:
        free.put_nowait(connection)
    began = time.perf_counter()

    async def produce(number: int, lead_id: str) -> None:
        await asyncio.sleep(max(began + number / RATE - time.perf_counter(), 0))
        connection = await free.get()
        await connection.ask("POST", "/events", {"lead_id": lead_id, "event_type": "cta_click"})
        answered[lead_id] = time.perf_counter()
        free.put_nowait(connection)

    await asyncio.gather(*itertools.starmap(produce, enumerate(leads)))
    return answered


async def pages(connection: Client, leads: int) -> Figures:
    """Turn pages of the list and of the board, filtered and not, near the start and far in."""
    figures: Figures = {"leads": leads}
    for name, targets in (
        ("leads", ("/leads?", "/leads?uf=MG&", "/leads?minScore=10&segment=CAVALOS&")),
        ("board", ("/crm/board?", "/crm/board?stage=INBOX&", "/crm/board?uf=MG&minScore=10&")),
        ("best", ("/crm/board?order=best&",) * 3),
    ):
        waits = []
        for number in range(PAGES):
            target = f"{targets[number % 3]}limit={PAGE}&offset={PAGE * (number % 20)}"
            sent = time.perf_counter()
            await connection.ask("GET", target)
            waits.append(time.perf_counter() - sent)
        figures |= _spread(f"{name}_page", waits)
    return figures


def _spread(name: str, waits: Sequence[float]) -> Figures:
    cuts = quantiles(waits, n=100)
    return {f"{name}_p{part}_ms": 1000 * cuts[part - 1] for part in (50, 95, 99)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.api",
        __doc__,
        measure,
        "the API at {leads:,} leads",
        leads=(100_000, "leads in the database"),
        connections=(16, "connections that post events"),
        seconds=(10, "of posting, and of watching the live stream"),
    )


if __name__ == "__main__":
    sys.exit(main())
