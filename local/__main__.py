"""`make run`: Postgres, schema, demo data, model, stream, API and admin; Ctrl-C stops all."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from local import places, postgres
from local.cluster import PostgresError
from local.orphans import stop_orphans
from local.plan import GALOPE, Plan
from local.runner import Database, RunError, run_plan
from local.screen import Screen
from local.supervisor import GaveUpError
from postgres.errors import GalopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

STATE = Path(__file__).resolve().parent.parent / ".galope"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None, *, plan: Plan = GALOPE, state: Path = STATE) -> int:
    """Run everything until told to stop, and return the exit code."""
    options = _options(argv)
    screen = Screen()
    _on_stop_signals(signal.default_int_handler)  # until the loop listens, they all unwind the same
    try:
        with ExitStack() as stack:
            if left := stop_orphans(state):
                what = f"{left} process{'es' if left > 1 else ''}"
                screen.remark(f"Stopped {what} that a killed `make run` had left running")
            database = _database(stack, screen, state, options.port)
            stack.callback(_on_stop_signals, signal.SIG_IGN)  # Postgres is stopped undisturbed
            stack.callback(screen.restore)
            asyncio.run(
                _until_stopped(run_plan(database, plan, screen, state, demo=options.demo), screen)
            )
    except KeyboardInterrupt:
        pass
    except (GaveUpError, GalopeError, RunError, PostgresError) as error:
        screen.failed(str(error))
        return 1
    except OSError as error:  # a folder of another user's, a full disk
        screen.failed(f"{error.filename or state}: {error.strerror or error}. Nothing runs.")
        return 1
    screen.doing("Everything is stopped")
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="Start Galope on this machine: Postgres (or the one in DATABASE_URL), the"
        " schema, demo data, the model, the stream, the API and the admin. Ctrl-C stops all of it.",
    )
    parser.add_argument(
        "--no-demo", dest="demo", action="store_false", help="seed nothing and play no tour"
    )
    parser.add_argument("--port", type=int, help="of the embedded Postgres (default: a free one)")
    return parser.parse_args(argv)


def _database(stack: ExitStack, screen: Screen, state: Path, port: int | None) -> Database:
    """Return the database to use; the stack stops what had to be started."""
    if dsn := os.environ.get("DATABASE_URL"):
        screen.doing("Using the database in DATABASE_URL")
        return Database(dsn)
    folder = places.placed(state / "pgdata")
    screen.doing(f"Starting Postgres {places.VERSION}")
    places.make_folders(state)  # the data may go elsewhere
    dsn = stack.enter_context(postgres.running(folder, port=port))
    env_file = state / "env"
    env_file.unlink(missing_ok=True)
    env_file.touch(mode=0o600)  # it holds the password
    env_file.write_text(f"export DATABASE_URL='{dsn}'\n")
    stack.callback(env_file.unlink, missing_ok=True)
    return Database(dsn, folder, env_file)


async def _until_stopped(work: Coroutine[None, None, None], screen: Screen) -> None:
    """Run `work` until it ends or a stop signal comes; it is cancelled once, then left to end."""
    stopped = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    task, signalled = asyncio.ensure_future(work), asyncio.ensure_future(stopped.wait())
    await asyncio.wait([task, signalled], return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    if stopped.is_set():
        screen.doing("Stopping")
        task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _on_stop_signals(handler: Callable[..., object] | signal.Handlers) -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
