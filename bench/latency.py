"""How fresh a score is: event committed → score committed.

Producers insert events by a Poisson clock at the rate asked for, over several connections, so that
a slow commit holds up no other. The stream is a process of its own. Between its slices, in the same
run and at the same rate, the floor is measured: a bare INSERT that notifies, a process that
listens, fetches the row and updates a score.

Nothing is timed by a clock of the bench's: the server keeps the time of every commit
(`track_commit_timestamp`), and after the run the rows of events, score history and bare tables are
asked for the commit times of the transactions that wrote them (`xmin`). So measuring costs nothing
while it runs, and neither the producers' nor the bench's scheduling is in the figures. Postgres
takes a commit's time just before it flushes it; each wait therefore has the event's flush in it and
not the score's, for the stream as for the floor.

Which score is the first to know of an event is exact: leads are dealt events in turn, so a lead has
its next event only `leads / rate` seconds later, and its k-th event is in the k-th row of its
history. Where the stream fell so far behind that one batch took two events of a lead the numbers do
not match, and the bench says so instead of guessing.

A first slice of each warms caches and prepared statements up and is not counted.
"""

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import mean

import asyncpg

from bench import report
from bench.processes import ChildProcess, pgbench, running
from bench.report import BenchError, Figures, Step
from bench.testbed import QUERIES, Testbed, testbed

CLIENTS = 16
"""Connections of the producers."""

WARM_UP_S = 2
"""Seconds of each that are not counted."""

SLICE_S = 3
"""Seconds of the stream, then of the floor, and so on."""

HISTORY = 5
"""Events a lead has before the run."""

Rates = tuple[float, float]
"""Events a second that were really inserted for the stream, and for the floor."""


@dataclass(frozen=True, slots=True)
class Slices:
    """The stream's turns and the floor's.

    Parameters
    ----------
    bench
        The database.
    stream, floor
        The two consumers, both running.
    options
        The rate, and among how many leads.
    step
        Says what is done next.
    script
        What is inserted in the stream's turns.
    """

    bench: Testbed
    stream: ChildProcess
    floor: ChildProcess
    options: argparse.Namespace
    step: Step
    script: str = "next_event"

    async def alternate(self, lengths: Sequence[int]) -> Rates:
        """Run slices so many seconds long; return the rates that producers really had."""
        rates = []
        for number, seconds in enumerate(lengths, 1):
            self.step(f"the floor, slice {number} of {len(lengths)}")
            floor = await self.insert("floor_event", seconds, number)
            self.step(f"the stream, slice {number} of {len(lengths)}")
            rates.append((await self.insert(self.script, seconds, number), floor))
        return mean(rate for rate, _ in rates), mean(floor for _, floor in rates)

    async def insert(self, script: str, seconds: int, seed: int) -> float:
        """Insert for a while and return the events a second; both consumers have finished then."""
        rate = await pgbench(
            self.bench.dsn,
            script,
            clients=CLIENTS,
            seconds=seconds,
            seed=seed,
            rate=self.options.rate,
            leads=self.options.leads,
        )
        await self.bench.wait_until_idle(self.stream)
        self.floor.ensure_alive()
        return rate


async def measure(options: argparse.Namespace) -> Figures:
    """Run slices of both; return `p50_ms p99_ms floor_p50_ms ratio_p50` and what goes with them."""
    lengths = slice_lengths(options.seconds)
    with report.steps(2 * len(lengths) + 4) as step:
        async with testbed(leads=options.leads, events=HISTORY * options.leads) as bench:
            await bench.ask_heads(options.heads)
            step(f"the stream reads {options.leads:,} leads")
            await make_tables(bench, 2 * options.rate * (options.seconds + WARM_UP_S) + 1000)
            async with bench.stream() as stream, running("bench.floor", bench.dsn) as floor:
                await bench.wait_until_idle(stream)
                await floor.ready()
                await bench.vacuum()
                slices = Slices(bench, stream, floor, options, step)
                began = await now(bench)
                await slices.alternate([WARM_UP_S])
                counted_from = await now(bench)
                rates = await slices.alternate(lengths)
            step("matching events with scores")
            await bench.ensure_scored(options.heads)
            return await figures(bench, began, counted_from, rates)


def slice_lengths(seconds: int) -> list[int]:
    """Return the lengths of slices that add up to `seconds`.

    Examples
    --------
    >>> slice_lengths(7)
    [3, 3, 1]
    """
    starts = [*range(0, seconds, SLICE_S), seconds]
    return [end - start for start, end in itertools.pairwise(starts)]


async def make_tables(bench: Testbed, floor_events: int) -> None:
    """Make the turns in which leads are dealt, and the bare tables."""
    await bench.connection.execute(QUERIES["make_turns"])
    await bench.connection.execute(QUERIES["make_floor"])
    await bench.connection.execute(QUERIES["seed_floor"], floor_events)


async def now(bench: Testbed) -> datetime:
    """Return the server's time."""
    time: datetime = await bench.connection.fetchval("SELECT clock_timestamp()")
    return time


async def figures(bench: Testbed, began: datetime, counted_from: datetime, rates: Rates) -> Figures:
    """Match every event with its score, for the stream and for the floor."""
    stream = await freshness(bench, "freshness", began, counted_from)
    floor = await freshness(bench, "floor_freshness", counted_from)
    return {
        "p50_ms": stream["p50"],
        "p99_ms": stream["p99"],
        "max_ms": stream["worst"],
        "floor_p50_ms": floor["p50"],
        "floor_p99_ms": floor["p99"],
        "ratio_p50": stream["p50"] / floor["p50"],
        "events": stream["counted"],
        "events_per_s": rates[0],
        "floor_events_per_s": rates[1],
    }


async def freshness(bench: Testbed, name: str, *since: datetime) -> asyncpg.Record:
    """Return what a named statement says of the waits.

    Raises
    ------
    BenchError
        When events and scores are not one to one.
    """
    (row,) = await bench.connection.fetch(QUERIES[name], *since)
    if row["events"] != row["scores"] or not row["counted"]:
        message = (
            f"{row['events']} events and {row['scores']} scores: the consumer fell behind by a"
            " whole turn of the leads. Ask for more --leads, or a lower --rate."
        )
        raise BenchError(message)
    return row


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.latency",
        __doc__,
        measure,
        "freshness at {rate:,} events/s",
        rate=(500, "events a second"),
        seconds=(15, "seconds of events for the stream, and as many for the floor"),
        leads=(20_000, "leads that are dealt events in turn"),
        heads=(1, "questions asked of each lead, the primary one included"),
    )


if __name__ == "__main__":
    sys.exit(main())
