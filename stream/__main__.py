"""``python -m stream``: the only place where the consumer's parts are put together."""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path

import asyncpg
import structlog

from domain.catalogue import catalogue
from domain.policy import Policy
from postgres.address import place
from postgres.checks import check, try_write_back
from postgres.command import command
from postgres.connect import LOST, OWN, Connection, connect
from postgres.errors import GalopeError, UnavailableError, first_line
from postgres.inspection import inspect
from postgres.install import install, uninstall
from postgres.logs import configure
from postgres.loop import LOOP
from postgres.mapping import FILE, Mapping, read_mapping
from postgres.settings import ClockKind, Settings
from postgres.statements import QUERIES
from postgres.watched import WATCH
from stream.announcer import Announcer
from stream.cache import Cache
from stream.commit import Committer, FencedError
from stream.consumer import Consumer, Pace
from stream.listener import ChangeListener, Poller
from stream.model_in_use import ModelInUse
from stream.reads import Reads
from stream.scorer import Scorer
from stream.turn import has_turn, release, wait_for_turn
from stream.watch import Watch
from stream.writeback import Writeback

log = structlog.get_logger()

FIRST_RETRY = 0.1
"""Seconds before the first try; then they double until something is committed."""

LONGEST_RETRY = 5.0
"""Seconds between tries to reach the database at the most."""

STEADY = 60.0
"""Seconds after which a session that wrote nothing counts as one that could have."""

DEADLINE = 60.0
"""Seconds that a statement of the stream's may take, but for those that touch every lead."""

POOLED = (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError)
"""What Postgres says when statements that a session prepared are not there, or others' are."""

SERVER = {
    **OWN,
    # A stream that froze in the middle of a batch gives its locks back.
    "idle_in_transaction_session_timeout": "60s",
    # If the server crashes, scores of the last moments are lost together with the cursor, and made
    # again from the log, which the writers of events did wait for.
    "synchronous_commit": "off",
    # Plans are made once: a fresh one for each batch of one lead takes as long as the batch. They
    # are made while the log is empty, and must not take it for a table to be read whole.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
    # A slice of a large batch fits.
    "work_mem": "32MB",
}
"""Settings of the stream's own connections."""


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Consumer]:
    """Connect everything, and yield a consumer ready to run."""
    async with contextlib.AsyncExitStack() as stack:

        async def opened(url: str, name: str) -> Connection:
            connection = await connect(url, name, SERVER, DEADLINE)
            stack.callback(connection.terminate)
            return connection

        reader = await opened(settings.database_url, "galope reader")
        await check(reader)
        await wait_for_turn(
            await opened(settings.direct_url, "galope lock"), leased=not settings.listens
        )
        await try_write_back(reader)
        writer = await opened(settings.database_url, "galope writer")
        committer = await Committer.open(writer, int(settings.log_limit_mb * 2**20))
        model = await ModelInUse.open(reader, settings.installed)
        reads = Reads(reader)
        wake = Poller()
        if settings.listens:
            wake = ChangeListener(
                lambda: connect(settings.direct_url, "galope listener", OWN, DEADLINE),
                settings.probe_s,
            )
            stack.callback(asyncio.create_task(wake.run()).cancel)
        scorer = _scorer(reads, model.policy, settings)
        consumer = Consumer(
            reads,
            committer,
            scorer,
            model,
            wake,
            announcer=Announcer(await opened(settings.database_url, "galope announcer")),
            pace=_pace(settings),
        )
        stack.callback(asyncio.create_task(_watch(settings, consumer).run()).cancel)
        await scorer.warm(settings.cached_leads)
        await consumer.start()
        log.info("streaming", database=place(settings.database_url), listen=settings.listens)
        yield consumer
        await release(writer, committer.epoch)


def _scorer(reads: Reads, policy: Policy, settings: Settings) -> Scorer:
    return Scorer(
        reads,
        Cache(settings.cached_leads),
        policy,
        Writeback(catalogue(settings.language), settings.zone),
        time.time,
        by_event_time=settings.clock is ClockKind.EVENT,
        personal=settings.personal,
    )


def _watch(settings: Settings, consumer: Consumer) -> Watch:
    return Watch(
        lambda: connect(settings.database_url, "galope watch", OWN, DEADLINE),
        lambda: consumer.behind,
    )


def _pace(settings: Settings) -> Pace:
    return Pace(
        settings.batch_events,
        settings.batch_leads,
        settings.poll_ms / 1000,
        int(settings.log_rotate_mb * 2**20),
    )


class Service:
    """The stream as a process: over as many connections as it takes, until it is asked to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: Consumer | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask for the end; a batch under way is committed first."""
        self._stopping.set()
        if self._consumer is not None:
            self._consumer.stop()

    async def run(self) -> None:
        """Consume until `stop`.

        Raises
        ------
        GalopeError
            When the stream can't start, or another one took over.
        """
        retry, started = FIRST_RETRY, False
        while not self._stopping.is_set():
            session = asyncio.create_task(self._session())
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait((session, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if self._consumer is None:
                session.cancel()
            began = time.monotonic()
            problem = await _outcome(session)
            if self._consumer is not None:
                started = True
                if self._consumer.committed or time.monotonic() - began > STEADY:
                    retry = FIRST_RETRY
            self._consumer = None
            if problem is None:
                return
            later = isinstance(problem, UnavailableError)
            final = isinstance(problem, GalopeError) and not (started or later)
            if final or isinstance(problem, FencedError):
                raise problem
            log.warning(
                "interrupted; going on from what is committed",
                error=first_line(problem),
                retry_in_s=retry,
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(retry):
                    await self._stopping.wait()
            retry = min(2 * retry, LONGEST_RETRY)

    async def _session(self) -> None:
        async with running(self._settings) as consumer:
            self._consumer = consumer
            if not self._stopping.is_set():
                await consumer.run()
        log.info("stopped; everything taken is committed")


async def _outcome(session: asyncio.Task[None]) -> Exception | None:
    """Wait for a session and return what ended it, or None when it ended by itself."""
    try:
        await session
    except asyncio.CancelledError:
        return None
    except POOLED as error:
        return GalopeError(
            f"A pooler hands out sessions of others ({first_line(error)}). Add pgbouncer=true to"
            " DATABASE_URL, and set GALOPE_LISTEN_URL to a direct address."
        )
    except (GalopeError, *LOST) as error:
        return error
    return None


async def serve(settings: Settings) -> None:
    """Run the stream until SIGTERM or SIGINT."""
    service = Service(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, service.stop)
    await service.run()


async def once(
    settings: Settings, action: Callable[[Connection], Awaitable[None]], done: str
) -> None:
    """Connect directly, do one thing, and say so."""
    connection = await connect(settings.direct_url, "galope admin", OWN)
    try:
        await action(connection)
    finally:
        await connection.close()
    log.info(done, database=place(settings.database_url))


async def check_all(connection: Connection) -> None:
    """Check what the catalogue says, and write a score that is rolled back."""
    await check(connection)
    await try_write_back(connection)
    if unseen := await connection.fetchval(WATCH["without_triggers"]):
        log.warning(
            "rows written straight into these partitions are not seen; run --install",
            partitions=unseen,
        )


async def rebuild(settings: Settings) -> None:
    """Have every state rebuilt from its rows: by the stream that runs, else by going on here."""
    connection = await connect(settings.direct_url, "galope admin", OWN)
    try:
        await check(connection)
        await connection.execute(QUERIES["ask_for_rebuild"])
        runs = not await has_turn(connection, leased=not settings.listens)
    finally:
        await connection.close()
    if runs:
        log.info(
            "asked the running stream to rebuild every state", database=place(settings.database_url)
        )
    else:
        await serve(settings)


def chosen_mapping(config: Path | None) -> Mapping | None:
    """Return what the file that was named says, or galope.toml if there is one."""
    file = FILE if config is None and FILE.exists() else config
    return None if file is None else read_mapping(file)


async def propose(connection: Connection) -> None:
    """Write a mapping for this database to standard output."""
    sys.stdout.write(await inspect(connection))


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m stream",
        description="Score leads as their events are committed.",
        epilog="Settings come from the environment: see docs/reference/settings.md.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--install", action="store_true", help="add Galope to the database, and end; safe to repeat"
    )
    what.add_argument(
        "--uninstall", action="store_true", help="take Galope off the database, and end"
    )
    what.add_argument(
        "--inspect",
        action="store_true",
        help="look at the database, write a galope.toml for it to standard output, and end",
    )
    what.add_argument(
        "--check", action="store_true", help="tell whether the stream can run here, and end"
    )
    what.add_argument(
        "--rebuild",
        action="store_true",
        help="read every lead's state anew from its rows, then go on",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"with --install: which tables to read ({FILE} if there; else leads and events)",
    )
    chosen = parser.parse_args(argv)
    if chosen.config is not None and not chosen.install:
        parser.error("--config goes with --install")
    return chosen


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    chosen = arguments(argv)
    settings = Settings()
    configure(settings.log_format)
    tasks: dict[str, Callable[[], Coroutine[None, None, None]]] = {
        "install": lambda: once(
            settings,
            partial(install, mapping=chosen_mapping(chosen.config), pooled=settings.pooled),
            "installed",
        ),
        "inspect": lambda: once(settings, propose, "inspected"),
        "uninstall": lambda: once(settings, uninstall, "uninstalled"),
        "check": lambda: once(settings, check_all, "ready"),
        "rebuild": lambda: rebuild(settings),
    }
    task = next(
        (run for name, run in tasks.items() if getattr(chosen, name)), lambda: serve(settings)
    )
    with asyncio.Runner(loop_factory=LOOP) as runner:
        runner.run(task())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
