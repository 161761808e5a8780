"""What Galope costs those who insert events.

pgbench inserts one row a transaction as fast as it can: into bare tables (the triggers disabled),
with the triggers, and with the triggers and the stream running on the same machine. The three take
turns, several rounds; the figures are medians over the rounds, and so are the ratios, each of one
round. Every slice begins with empty tables of events and changes, after a checkpoint.

`lag_after_s` is how long after the last event's commit the last score was committed, by the
server's clock, in the worst round.
"""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import asyncpg

from bench import report
from bench.processes import pgbench
from bench.report import Figures, Step
from bench.testbed import QUERIES, Testbed, testbed


@dataclass(frozen=True, slots=True)
class Round:
    """Inserts a second in one round, and how long the stream took to finish."""

    bare: float
    triggers: float
    live: float
    lag: float


@dataclass(frozen=True, slots=True)
class Slices:
    """One round's three slices, each over the same database.

    Parameters
    ----------
    bench
        The database.
    options
        How many clients and leads, and how long.
    """

    bench: Testbed
    options: argparse.Namespace

    async def round(self, number: int, step: Step) -> Round:
        """Run the three, one after the other."""
        step(f"round {number}: bare")
        await self.clear()
        async with self.bench.without_triggers():
            bare = await self.insert(number)
        step(f"round {number}: triggers")
        await self.clear()
        triggers = await self.insert(number)
        step(f"round {number}: triggers and stream")
        await self.clear()
        async with self.bench.stream() as stream:
            await self.bench.wait_until_listening(stream)
            live = await self.insert(number)
            await self.bench.wait_until_idle(stream)
        lag = await self.bench.time("last_score") - await self.bench.time("last_event")
        return Round(bare, triggers, live, lag.total_seconds())

    async def clear(self) -> None:
        """Empty what the slice before filled, unseen by the triggers."""
        async with self.bench.without_triggers():
            await self.bench.connection.execute(QUERIES["clear"])
        with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
            await self.bench.connection.execute("CHECKPOINT")

    async def insert(self, seed: int) -> float:
        """Return inserts a second."""
        return await pgbench(
            self.bench.dsn,
            "random_event",
            clients=self.options.clients,
            seconds=self.options.seconds,
            seed=seed,
            leads=self.options.leads,
        )


async def measure(options: argparse.Namespace) -> Figures:
    """Run the rounds and return `tps_* ratio_* lag_after_s`."""
    with report.steps(3 * options.rounds + 2) as step:
        async with testbed(leads=options.leads, events=0) as bench:
            step(f"the stream reads {options.leads:,} leads")
            await bench.load_leads()
            slices = Slices(bench, options)
            rounds = [await slices.round(number + 1, step) for number in range(options.rounds)]
            step("done")
    return {
        "tps_bare": median(figures.bare for figures in rounds),
        "tps_triggers": median(figures.triggers for figures in rounds),
        "tps_live": median(figures.live for figures in rounds),
        "ratio_triggers": median(figures.triggers / figures.bare for figures in rounds),
        "ratio_live": median(figures.live / figures.bare for figures in rounds),
        "lag_after_s": max(figures.lag for figures in rounds),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.producers",
        __doc__,
        measure,
        "{clients} clients inserting",
        clients=(16, "connections that insert"),
        seconds=(8, "seconds of each slice"),
        rounds=(3, "rounds of the three slices"),
        leads=(20_000, "leads that events are dealt to at random"),
    )


if __name__ == "__main__":
    sys.exit(main())
