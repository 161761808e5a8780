"""Whether webhooks tell everything, in order, whatever happens, and whether they slow the scorer.

Slices without webhooks and with them alternate; a slice's figure is how fresh scores are, as in
`bench.latency`. Then events go on while the receiver is down, answers 500 and does not answer, and
while the API, which sends, is killed again and again. In the end what was received, each id once,
is compared with what the score history says.
"""

import argparse
import asyncio
import contextlib
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench import report
from bench.api import serving
from bench.http import client
from bench.latency import now
from bench.processes import ChildProcess
from bench.readers import insert
from bench.receiver import Receiver, receiving
from bench.report import BenchError, Figures
from bench.testbed import LOOK_S, QUERIES, Testbed, testbed

THRESHOLDS = (10, 20, 30, 40, 60)
"""Scores whose crossings are told, one webhook each."""

PATIENCE_S = 300.0
"""Seconds until everything must have come once nothing is wrong any more."""

FAULTS = ("down", "500", "no answer", "killed")


@dataclass(slots=True)
class Sender:
    """The API, which can be killed and started again.

    Parameters
    ----------
    bench
        The database.
    stack
        What stops it in the end.
    """

    bench: Testbed
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    process: ChildProcess | None = None
    port: int = 0

    async def start(self) -> None:
        """Serve."""
        settings = {"GALOPE_WEBHOOK_PRIVATE": "true"}
        served = await self.stack.enter_async_context(serving(self.bench, **settings))
        self.process, self.port = served.process, served.port

    async def kill(self) -> None:
        """End it at once, wherever it is."""
        if self.process is not None:
            self.process.process.kill()
            await self.stack.aclose()

    async def ask(self, method: str, target: str, body: Any = None) -> None:
        """Make a call."""
        async with client(self.port) as connection:
            await connection.ask(method, target, body)


@contextlib.asynccontextmanager
async def sending(bench: Testbed) -> AsyncIterator[Sender]:
    """Yield a running API."""
    sender = Sender(bench)
    try:
        await sender.start()
        yield sender
    finally:
        await sender.stack.aclose()


@contextlib.asynccontextmanager
async def subscribed(sender: Sender, receiver: Receiver) -> AsyncIterator[None]:
    """Have webhooks for the length of a ``with``."""
    for threshold in THRESHOLDS:
        body = {"url": receiver.url, "topics": ["score.crossed"], "threshold": threshold}
        await sender.ask("POST", "/admin/webhooks", body)
    yield
    for row in await sender.bench.connection.fetch(QUERIES["webhook_numbers"]):
        await sender.ask("DELETE", f"/admin/webhooks/{row['id']}")


async def measure(options: argparse.Namespace) -> Figures:
    """Alternate slices, then let everything go wrong."""
    with report.steps(2 * options.rounds + len(FAULTS) + 2) as step:
        async with testbed(leads=options.leads, events=options.leads) as bench:
            step(f"the stream reads {options.leads:,} leads")
            await bench.connection.execute(QUERIES["make_turns"])
            async with (
                bench.stream() as stream,
                receiving() as receiver,
                sending(bench) as sender,
            ):
                await bench.wait_until_idle(stream)
                await bench.vacuum()
                began = await now(bench)
                without, told = [], []
                for number in range(1, options.rounds + 1):
                    step(f"round {number}: without webhooks")
                    without.append(await insert(bench, stream, options, number, began))
                    step(f"round {number}: with webhooks")
                    async with subscribed(sender, receiver):
                        told.append(await insert(bench, stream, options, number, began))
                        await everything_sent(bench)
                figures = {
                    "p50_without_ms": median(row["p50"] for row in without),
                    "p50_ms": median(row["p50"] for row in told),
                    "p99_without_ms": median(row["p99"] for row in without),
                    "p99_ms": median(row["p99"] for row in told),
                    "told_meanwhile": len(receiver.taken),
                }
                figures["ratio_p50"] = figures["p50_ms"] / figures["p50_without_ms"]
                return figures | await faults(bench, stream, sender, receiver, options, step)


async def faults(
    bench: Testbed,
    stream: ChildProcess,
    sender: Sender,
    receiver: Receiver,
    options: argparse.Namespace,
    step: report.Step,
) -> Figures:
    """Send while everything goes wrong; return what was lost, twice and out of order."""
    receiver.taken.clear()
    last = await bench.connection.fetchval(QUERIES["newest_score"])
    async with subscribed(sender, receiver):
        for number, fault in enumerate(FAULTS):
            step(f"events while the receiver is {fault}" if fault != "killed" else "kills")
            inserting = asyncio.create_task(
                insert(bench, stream, options, number, await now(bench))
            )
            await spoil(fault, sender, receiver, options)
            await inserting
        step("waiting for what is still to come")
        await everything_sent(bench)
        expected = await crossings(bench, last)
        return compared(expected, receiver)


async def spoil(
    fault: str, sender: Sender, receiver: Receiver, options: argparse.Namespace
) -> None:
    """Have something be wrong for as long as events are inserted."""
    if fault == "killed":
        chance = random.Random(7)  # noqa: S311 - when it is killed is no secret
        for _ in range(options.kills):
            await asyncio.sleep(chance.uniform(0.1, options.seconds / options.kills))
            await sender.kill()
            await sender.start()
        return
    if fault == "down":
        await receiver.down()
    elif fault == "500":
        receiver.status = 500
    else:
        receiver.answers.clear()
    await asyncio.sleep(options.seconds)
    receiver.status = 200
    receiver.answers.set()
    if fault == "down":
        await receiver.up()


async def everything_sent(bench: Testbed) -> None:
    """Wait until all that happened is queued, and the queue is empty.

    Raises
    ------
    BenchError
        When it is not for too long.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await asyncio.sleep(LOOK_S)
                if await bench.ask("everything_is_sent"):
                    return
    except TimeoutError as error:
        message = f"Not everything was received within {PATIENCE_S:g} s."
        raise BenchError(message) from error


Told = dict[tuple[str, int], list[tuple[int | None, int]]]
"""By lead and threshold, the scores before and after each crossing, in order."""


async def crossings(bench: Testbed, after: int) -> Told:
    """Return what the history says must have been told since one of its rows."""
    found: Told = defaultdict(list)
    for row in await bench.connection.fetch(QUERIES["rescores"], after):
        before, score = row["score_before"], row["score_after"]
        for threshold in THRESHOLDS:
            if (score >= threshold) != ((before or 0) >= threshold):
                found[str(row["lead_id"]), threshold].append((before, score))
    return found


def compared(expected: Told, receiver: Receiver) -> Figures:
    """Compare what had to be told with what came, each id once."""
    came: Told = defaultdict(list)
    for event in receiver.counted:
        data = event["data"]
        came[data["lead_id"], data["threshold"]].append((data["score_before"], data["score"]))
    known = expected.keys() | came.keys()
    return {
        "events": sum(map(len, expected.values())),
        "lost": sum(max(len(expected[key]) - len(came[key]), 0) for key in known),
        "counted_twice": sum(max(len(came[key]) - len(expected[key]), 0) for key in known),
        "out_of_order": sum(
            expected[key] != came[key] and sorted_alike(expected[key], came[key]) for key in known
        ),
        "sent_again": len(receiver.taken) - len(receiver.counted),
        "refused": len(receiver.refused),
    }


def sorted_alike(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Tell whether two lists differ in their order at the most."""
    return sorted(one, key=str) == sorted(other, key=str)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.webhooks",
        __doc__,
        measure,
        "webhooks, at {rate} events/s",
        rate=(200, "events a second"),
        seconds=(8, "seconds of each slice, and of each thing that goes wrong"),
        rounds=(3, "rounds of the two slices"),
        kills=(3, "times that the API is killed"),
        leads=(5_000, "leads that are dealt events in turn"),
    )


if __name__ == "__main__":
    sys.exit(main())
