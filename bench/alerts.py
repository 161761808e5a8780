"""How fast an alert opens and closes, and whether alerts are right where the truth is known.

Each lead is dealt, in turn, an event that makes it wait for an answer and one that answers it, so
that each event opens or closes an alert. Timed as in `bench.latency`, by the server's commit times:
event committed → alert committed. A trigger of the bench's notes the alert's change beside it,
which is in the time.

Then two years of an invented shop's purchases are read, a model of who leaves is trained on them,
and the stream opens alerts. Of the customers with a usual gap between purchases who are not long
gone, `leaving_top5` is the share that has really left of the 5 % whose chance of leaving is the
highest, `leaving_base` that of all, and `leaving_alerts` that of those with an open alert. The
same of `capture`: who buys a family elsewhere, where the family too must be the right one.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from os import environ
from statistics import mean

import orjson

from bench import report
from bench.customer_world import Customer, customers
from bench.latency import WARM_UP_S, Slices, freshness, make_tables, now, slice_lengths
from bench.processes import running
from bench.report import BenchError, Figures, Step
from bench.testbed import QUERIES, Testbed, testbed
from domain.alerts.judging import GONE, REGULAR
from domain.alerts.motives import THRESHOLDS, Motive
from domain.alerts.peers import Lack, Peers, lack_of
from domain.heads import CHURN_90D
from domain.state import LeadState
from stream.reads import Reads

SEED = 7

TOP = 0.05

NO_LACK = Lack("", 1.0, 0.0)

HOT_FROM = 1
"""Score from which a lead of the bench's is hot: all are."""


async def decide(bench: Testbed, **decided: object) -> None:
    """Have the team decide, and everything be worked out by it."""
    await bench.connection.execute(QUERIES["decide"], json.dumps(decided))


async def opening_and_closing(options: argparse.Namespace, step: Step) -> Figures:
    """Return how long alerts take to open and to close, beside the floor."""
    async with testbed(leads=options.leads, events=0) as bench:
        await decide(bench, alerts={Motive.WAITING: HOT_FROM}, alerts_a_week=1_000_000)
        step(f"the stream reads {options.leads:,} leads")
        await make_tables(bench, 2 * options.rate * (options.seconds + WARM_UP_S) + 1000)
        async with bench.stream() as stream, running("bench.floor", bench.dsn) as floor:
            await bench.wait_until_idle(stream)
            await floor.ready()
            await bench.connection.execute(QUERIES["log_alerts"])
            await bench.vacuum()
            slices = Slices(bench, stream, floor, options, step, "alert_event")
            began = await now(bench)
            await slices.alternate([WARM_UP_S])
            counted_from = await now(bench)
            rate, _ = await slices.alternate(slice_lengths(options.seconds))
        row = await freshness(bench, "alert_freshness", began, counted_from)
        bare = await freshness(bench, "floor_freshness", counted_from)
    return {
        "p50_ms": row["p50"],
        "p99_ms": row["p99"],
        "max_ms": row["worst"],
        "floor_p50_ms": bare["p50"],
        "ratio_p50": row["p50"] / bare["p50"],
        "alerts": row["counted"],
        "events_per_s": rate,
    }


async def right(options: argparse.Namespace, step: Step) -> Figures:
    """Return how many alerts are right, on a world whose truth is known."""
    world = list(customers(options.customers, SEED, time.time()))
    async with testbed(leads=0, events=0) as bench:
        step(f"{options.customers:,} customers")
        await decide(
            bench, event_amount="amount", event_labels=["family"], others=[CHURN_90D.to_json()],
            alerts=THRESHOLDS, alerts_a_week=1_000_000,
        )  # fmt: skip
        await load(bench, world)
        step("training")
        await train(bench, CHURN_90D.name)
        step("the stream reads them")
        await bench.load_leads()
        # What customers buy is known once their states are there.
        step("the stream compares them")
        await bench.connection.execute(QUERIES["look_again"])
        async with bench.stream() as stream:
            await bench.wait_until_looked_again(stream)
        peers = await Reads(bench.connection).peers()
        rows = await bench.connection.fetch(
            QUERIES["said_of_customers"], CHURN_90D.name, len(world)
        )
    if len(rows) < len(world):
        message = f"Only {len(rows)} of {len(world)} customers were scored: please report this."
        raise BenchError(message)
    asked = [
        Asked(world[row["n"] - 1], LeadState.from_json(orjson.loads(row["state"])),
              row["probability"], set(row["motives"]))
        for row in rows
    ]  # fmt: skip
    active = [one for one in asked if one.has_a_rhythm(time.time())]
    return {"customers": len(active)} | leaving(active) | capture(active, peers)


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer, what the stream knows of it, the chance that it leaves, and its open alerts."""

    customer: Customer
    state: LeadState
    chance: float
    motives: set[str]

    def has_a_rhythm(self, at: float) -> bool:
        """Tell whether it has a usual gap between purchases, and is not long gone."""
        bought = self.state.amounts.purchases
        if bought is None or bought.count < REGULAR:
            return False
        return at < bought.last + GONE * bought.gap


def leaving(asked: Sequence[Asked]) -> Figures:
    """Compare who is said to be leaving with who has left."""
    ranked = sorted(asked, key=lambda one: -one.chance)
    return judged(
        Motive.LEAVING,
        mean(one.customer.has_left for one in asked),
        [one.customer.has_left for one in ranked],
        [one.customer.has_left for one in asked if Motive.LEAVING in one.motives],
    )


def capture(asked: Sequence[Asked], peers: Peers) -> Figures:
    """Compare who is said to buy a family elsewhere with who does, the same family."""
    lacks = [lack_of(one.state, peers) or NO_LACK for one in asked]
    found = sorted(zip(lacks, asked, strict=True), key=lambda pair: pair[0].chance)
    right = [(lack.family == one.customer.elsewhere, one.motives) for lack, one in found]
    return judged(
        Motive.CAPTURE,
        mean(one.customer.elsewhere is not None for one in asked),
        [yes for yes, _ in right],
        [yes for yes, motives in right if Motive.CAPTURE in motives],
    )


def judged(motive: str, base: float, ranked: Sequence[bool], alerted: Sequence[bool]) -> Figures:
    """Return how many are right of the first 5 % and of those alerted, beside all."""
    top = mean(ranked[: max(round(TOP * len(ranked)), 1)])
    return {
        f"{motive}_base": base,
        f"{motive}_top5": top,
        f"{motive}_times_base": top / base if base else 0.0,
        f"{motive}_open": len(alerted),
        f"{motive}_alerts": mean(alerted) if alerted else 0.0,
    }


async def load(bench: Testbed, world: Sequence[Customer]) -> None:
    """Insert customers and what they bought, as if Galope came later."""
    numbers = range(1, len(world) + 1)
    bought = [
        (number, *one)
        for number, customer in zip(numbers, world, strict=True)
        for one in zip(customer.times, customer.amounts, customer.families, strict=True)
    ]
    async with bench.before_galope():
        first = [customer.times[0] for customer in world]
        await bench.connection.execute(QUERIES["customer_leads"], list(numbers), first)
        columns = map(list, zip(*bought, strict=True))
        await bench.connection.execute(QUERIES["customer_purchases"], *columns)
    await bench.vacuum()


async def train(bench: Testbed, head: str) -> None:
    """Train a head from the database, as a team does."""
    with tempfile.TemporaryDirectory() as reports:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "offline.train", "--head", head, "--reports", reports,
            env={**environ, "DATABASE_URL": bench.dsn},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, said = await process.communicate()
    if process.returncode:
        lines = said.decode(errors="replace").splitlines()[-8:]
        raise BenchError("\n".join(["Training failed. Its last lines:", *lines]))


async def measure(options: argparse.Namespace) -> Figures:
    """Time alerts, then judge them."""
    with report.steps(2 * len(slice_lengths(options.seconds)) + 7) as step:
        figures = await opening_and_closing(options, step)
        return figures | await right(options, step)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.alerts",
        __doc__,
        measure,
        "alerts at {rate:,} events/s, and of {customers:,} customers",
        rate=(200, "events a second"),
        seconds=(15, "seconds of events"),
        leads=(4_000, "leads that are dealt events in turn"),
        customers=(4_000, "customers of the invented shop"),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
