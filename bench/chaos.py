"""Whether anything is lost or counted twice while everything goes wrong.

Writers with long and overlapping transactions insert, edit, backdate, merge, delete and roll back,
while one fault after the other hits the stream, which runs as a process: it is killed with SIGKILL,
frozen, cut off from Postgres, or taken over by a second one; Postgres is restarted or crashes;
tables are truncated, or changed from end to end; the team decides anew what counts of events; the
log is full. With `--heads` further heads are asked of each lead and scored too. Each stream started
has sizes of its own, down to pages of one change, a cache of one lead and a log emptied at every
look. Every so many faults, and at the end, all are left alone; then the stored states are compared
with a fold of the rows: `lost` and `twice` are events, of `events` that the comparisons met in all,
and `mismatches` are leads whose state or written score differs in any way, or which a head was not
asked of. The same seed makes the same choices; what they meet depends on the moment.

It restarts Postgres, so it always starts one of its own.
"""

import argparse
import asyncio
import contextlib
import math
import os
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import psutil

from bench import report
from bench.heads import declare
from bench.processes import ChildProcess, running
from bench.report import BenchError, Figures
from bench.testbed import QUERIES
from bench.writers import GONE, Writers
from domain.building import LeadRows, build
from domain.state import LeadState
from local import places
from local.cluster import HOST, Cluster
from postgres.connect import Connection, connect
from postgres.install import install
from stream.reads import attributes_of

WRITERS = 4
"""Transactions that may be open at once."""

COMPARE_EVERY = 25
"""Faults between comparisons: a rebuild would hide what was lost before it."""

PATIENCE_S = 180
"""Seconds after which a stream that is left alone and not done never will be."""

SIZES: dict[str, tuple[str, ...]] = {
    "GALOPE_BATCH_EVENTS": ("1", "2", "3", "20", "1000", "100000"),
    "GALOPE_BATCH_LEADS": ("1", "3", "25000"),
    "GALOPE_CACHED_LEADS": ("1", "7", "30000"),
    "GALOPE_LOG_ROTATE_MB": ("0.001", "0.001", "256"),
}
"""Settings of a stream, one of each by chance."""

ALL_LEADS = 700
"""Leads there are; writers write to the first few, and what is changed in bulk is put off."""

STEPS = 40
"""Things that the writers do at the most before, during and after a fault."""


class Server:
    """A Postgres of the bench's own, which can be stopped and started."""

    def __init__(self, cluster: Cluster, port: int) -> None:
        self._cluster = cluster
        self._port = port
        self.dsn = ""

    def start(self) -> None:
        """Start it and wait until it serves."""
        self._cluster.start(self._port, {})
        self.dsn = self._cluster.dsn(self._port)

    def stop(self, *, crash: bool = False) -> None:
        """Stop it: with a checkpoint, or, as in a crash, without."""
        if crash:
            pid = int((self._cluster.folder / "postmaster.pid").read_text().partition("\n")[0])
            postmaster = psutil.Process(pid)
            postmaster.send_signal(signal.SIGQUIT)
            with contextlib.suppress(psutil.Error):
                postmaster.wait(PATIENCE_S)
        self._cluster.stop()


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Yield a Postgres in a temporary folder, which is removed at the end."""
    with places.temporary_folder() as folder, socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
        probe.close()
        data = folder / "pgdata"
        cluster = Cluster(data, places.account_for(data))
        cluster.ensure_made()
        started = Server(cluster, port)
        try:
            started.start()
            yield started
        finally:
            cluster.stop()


@dataclass(slots=True)
class Chaos:
    """A database being written to, and the stream that faults hit.

    Parameters
    ----------
    server
        The database's.
    chance
        Makes every choice.
    writers
        Who writes meanwhile.
    others
        Heads that are asked beside the primary one.
    """

    server: Server
    chance: random.Random
    writers: Writers
    others: int
    child: ChildProcess | None = None
    _child: AsyncExitStack = field(default_factory=AsyncExitStack)
    _connection: Connection | None = None

    async def ask(self, name: str, *arguments: Any) -> Any:
        """Return what a named statement says, over a new connection where the last is lost."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self.server.dsn, "galope bench")
        return await self._connection.fetch(QUERIES[name], *arguments)

    async def begin(self, **settings: str) -> None:
        """Start a stream, with settings by chance or these, in place of the one there was."""
        await self._child.aclose()
        sizes = {name: self.chance.choice(among) for name, among in SIZES.items()}
        self._child = AsyncExitStack()
        self.child = await self._child.enter_async_context(
            running("stream", self.server.dsn, **(settings or sizes))
        )

    async def close(self) -> None:
        """Stop everything."""
        await self._child.aclose()
        await self.writers.close()
        if self._connection is not None:
            self._connection.terminate()

    async def signal(self, number: int) -> None:
        """Send the stream a signal, if it has not ended by itself."""
        if self.child is not None and self.child.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.child.process.pid, number)

    async def killed(self) -> None:
        """Kill the stream, and start another one later."""
        await self.signal(signal.SIGKILL)
        await self._child.aclose()
        await self.writers.steps(STEPS)
        await self.begin()

    async def frozen(self) -> None:
        """Freeze the stream in the middle of what it does."""
        await self.signal(signal.SIGSTOP)
        await self.writers.steps(STEPS)
        await self.signal(signal.SIGCONT)

    async def cut(self) -> None:
        """Terminate some of the stream's connections."""
        await self.ask("chaos_cut", self.chance.random())

    async def taken_over(self) -> None:
        """Have a second stream take over from a frozen one, which then goes on."""
        await self.signal(signal.SIGSTOP)
        first, self._child = self._child, AsyncExitStack()
        old = self.child
        await self.ask("chaos_unlock")
        await self.begin()
        await self.writers.steps(STEPS)
        if old is not None and old.process.returncode is None:
            os.kill(old.process.pid, signal.SIGCONT)
        await self.writers.steps(STEPS)
        await first.aclose()

    async def restarted(self) -> None:
        """Restart Postgres, or have it crash and recover."""
        await self.writers.steps(STEPS)
        await asyncio.to_thread(self.server.stop, crash=self.chance.choice((True, False)))
        await asyncio.to_thread(self.server.start)

    async def truncated(self) -> None:
        """Empty a table of the team's, and begin to fill it again."""
        await self.writers.end()
        await self.ask(self.chance.choice(("chaos_truncate_events", "chaos_truncate_leads")))
        await self.ask("chaos_leads", ALL_LEADS)

    async def changed_in_bulk(self) -> None:
        """Change every lead, or every event, in one statement."""
        await self.writers.end()
        await self.ask(
            self.chance.choice(("chaos_bulk_profiles", "chaos_bulk_events")),
            self.chance.randint(1, 10**6),
        )
        await self.writers.steps(STEPS)

    async def decided(self) -> None:
        """Have the team decide anew what counts of events, while transactions are open."""
        await self.writers.steps(STEPS)
        await self.ask("chaos_decide", self.chance.randint(1, 10**6))
        await self.writers.steps(STEPS)

    async def log_filled(self) -> None:
        """Have the log take no more changes while the stream is frozen, or has been killed."""
        dead = self.chance.choice((True, False))
        await self.signal(signal.SIGKILL if dead else signal.SIGSTOP)
        try:
            await self.ask("chaos_fill_log")
            await self.writers.steps(STEPS)
        finally:
            await (self._child.aclose() if dead else self.signal(signal.SIGCONT))

    async def fault(self) -> None:
        """Have one fault happen, while the writers go on."""
        await self.writers.steps(STEPS)
        faults: dict[Callable[[], Awaitable[None]], int] = {
            self.killed: 10,
            self.frozen: 6,
            self.cut: 8,
            self.taken_over: 3,
            self.restarted: 2,
            self.truncated: 1,
            self.changed_in_bulk: 2,
            self.decided: 3,
            self.log_filled: 3,
        }
        happens = self.chance.choices(list(faults), list(faults.values()))[0]
        with contextlib.suppress(*GONE):
            await happens()
        if self.child is None or self.child.process.returncode is not None:
            await self.begin()

    async def settle(self) -> None:
        """Leave the stream alone until it has nothing left to do.

        Raises
        ------
        BenchError
            When it is not done in time.
        """
        await self.writers.end()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if self.child is None or self.child.process.returncode is not None:
                await self.begin()
            with contextlib.suppress(*GONE):
                if (await self.ask("chaos_is_over"))[0][0]:
                    return
            await asyncio.sleep(0.1)
        message = f"The stream is not done {PATIENCE_S} s after the last fault: please report this."
        raise BenchError(message)

    async def compare(self) -> Figures:
        """Return what differs between the states that are stored and a fold of the rows."""
        rows = await self.ask("chaos_rows", self.others)
        figures = {"lost": 0.0, "twice": 0.0, "mismatches": 0.0}
        for row in rows:
            expected, stored = _folded(row), _stored(row)
            lost, twice = _miscounted(expected, stored)
            same = _comparable(expected) == _comparable(stored) and row["written"]
            figures["lost"] += lost
            figures["twice"] += twice
            figures["mismatches"] += not same
        return figures


def _folded(row: Any) -> LeadState | None:
    if row["profile"] is None:
        return None
    happened = orjson.loads(row["events"])
    rows = LeadRows(
        orjson.loads(row["profile"]),
        row["created_at"],
        [(kind, at) for kind, at, _ in happened],
        {place: attributes_of(text) for place, (_, _, text) in enumerate(happened)},
        row["leave_out_machines"],
    )
    return build(rows, time.time()).state


def _stored(row: Any) -> LeadState | None:
    return None if row["state"] is None else LeadState.from_json(orjson.loads(row["state"]))


def _miscounted(expected: LeadState | None, stored: LeadState | None) -> tuple[int, int]:
    """Return how many events are missing from a state, and how many are in it too often."""
    counts = [
        {} if state is None else {kind: tally.count for kind, tally in state.tallies.items()}
        for state in (expected, stored)
    ]
    more = [
        counts[1].get(kind, 0) - counts[0].get(kind, 0) for kind in counts[0].keys() | counts[1]
    ]
    return -sum(surplus for surplus in more if surplus < 0), sum(
        surplus for surplus in more if surplus > 0
    )


def _comparable(state: LeadState | None) -> LeadState | None:
    """Return a state that is equal to another where only the order of sums differs."""
    if state is None:
        return None
    tallies = {
        kind: replace(tally, decayed=_rounded(tally.decayed))
        for kind, tally in state.tallies.items()
    }
    amounts = replace(state.amounts, decayed=_rounded(state.amounts.decayed))
    return replace(state, tallies=tallies, amounts=amounts)


def _rounded(number: float) -> float:
    return 0.0 if number == 0 else round(number, 8 - math.floor(math.log10(abs(number))))


@contextlib.asynccontextmanager
async def chaos(seed: int, heads: int) -> AsyncIterator[Chaos]:
    """Yield a database with leads, and a stream on it."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    with server() as own:
        run = Chaos(own, chance, Writers.of(own.dsn, chance, WRITERS), heads - 1)
        connection = await connect(own.dsn, "galope bench")
        await install(connection)
        if run.others:
            await declare(connection, QUERIES["decide"], run.others)
        await connection.close()
        try:
            await run.ask("chaos_leads", ALL_LEADS)
            await run.begin()
            yield run
        finally:
            await run.close()


async def measure(options: argparse.Namespace) -> Figures:
    """Have the faults happen and return `lost twice mismatches`."""
    total = {"lost": 0.0, "twice": 0.0, "mismatches": 0.0, "events": 0.0}
    began = time.monotonic()
    with report.steps(options.faults + 2) as step:
        async with chaos(options.seed, options.heads) as run:
            for number in range(1, options.faults + 1):
                step(f"fault {number} of {options.faults}")
                await run.fault()
                if number % COMPARE_EVERY == 0 or number == options.faults:
                    await _compare(run, total, number)
    return total | {"seconds": time.monotonic() - began}


async def _compare(run: Chaos, total: Figures, number: int) -> None:
    await run.settle()
    figures = await run.compare()
    for name, value in figures.items():
        total[name] += value
    total["events"] += (await run.ask("chaos_events_there"))[0][0]
    if any(figures.values()):
        differences = ", ".join(f"{value:g} {name}" for name, value in figures.items())
        sys.stderr.write(f"after {number} faults: {differences}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.chaos",
        __doc__,
        measure,
        "after {faults} faults (seed {seed})",
        faults=(300, "faults, one after the other"),
        seed=(1, "of every choice"),
        heads=(1, "questions asked of each lead, the primary one included"),
    )


if __name__ == "__main__":
    sys.exit(main())
