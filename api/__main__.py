"""``python -m api``: the HTTP API as a process."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Iterator, Sequence

import uvicorn

from api.app import application
from api.services.authentication import ensure_guarded
from api.settings import Settings
from postgres.command import command
from postgres.logs import configure
from postgres.loop import LOOP


class Server(uvicorn.Server):
    """A server that ends with a signal as the rest of Galope does: in order, and with code 0."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that ask for the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def configured(settings: Settings) -> uvicorn.Config:
    """Return how the application is served."""
    return uvicorn.Config(
        application(settings),
        host=settings.api_host,
        port=settings.api_port,
        access_log=False,
        server_header=False,
        log_config=None,
        # Live streams never end by themselves.
        timeout_graceful_shutdown=2,
    )


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises
    ------
    GalopeError
        As of `ensure_guarded`.
    """
    await ensure_guarded(settings)
    await Server(configured(settings)).serve()


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    argparse.ArgumentParser(
        prog="python -m api",
        description="Answer the product's calls over HTTP until told to stop.",
        epilog="Settings come from the environment: see docs/reference/settings.md.",
    ).parse_args(argv)
    settings = Settings()
    configure(settings.log_format)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with asyncio.Runner(loop_factory=LOOP) as runner:
        runner.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
