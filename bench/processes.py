"""The processes a bench starts: the stream, the floor's listener, and pgbench as the producers."""

import asyncio
import contextlib
import math
import os
import re
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import psutil

from bench.report import BenchError
from local.postgres import binary

HERE = Path(__file__).resolve().parent

STOP_S = 60
"""Seconds a child has to leave before it is killed."""

_TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """A Python module that runs as a process of its own."""

    module: str
    process: Process
    stderr: IO[bytes]

    def ensure_alive(self) -> None:
        """Raise `BenchError`, with the last lines of its log, when it has ended by itself."""
        if self.process.returncode is not None:
            self.stderr.seek(0)
            last = self.stderr.read().decode(errors="replace").splitlines()[-8:]
            raise BenchError(
                "\n".join([f"`python -m {self.module}` ended by itself. Its last lines:", *last])
            )

    async def ready(self) -> None:
        """Wait for its first line on standard output."""
        if self.process.stdout is not None:
            await self.process.stdout.readline()
        self.ensure_alive()

    def peak_rss_mb(self) -> float:
        """Return the most memory it has held; where the system doesn't say, what it holds now."""
        status = Path(f"/proc/{self.process.pid}/status")
        if status.exists() and (peak := _PEAK.search(status.read_text())):
            return int(peak[1]) / 1024
        rss: int = psutil.Process(self.process.pid).memory_info().rss
        return rss / 2**20


@contextlib.asynccontextmanager
async def running(module: str, dsn: str, **settings: str) -> AsyncIterator[ChildProcess]:
    """Run ``python -m module`` on a database; stop it at the end, however the end comes.

    The settings are variables of its environment.
    """
    with tempfile.TemporaryFile() as stderr:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            cwd=HERE.parent,
            env={**os.environ, **settings, "DATABASE_URL": dsn},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=stderr,
        )
        try:
            yield ChildProcess(module, process, stderr)
        finally:
            await _stop(process)


async def _stop(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()


async def pgbench(
    dsn: str,
    script: str,
    *,
    clients: int,
    seconds: int,
    seed: int,
    rate: float | None = None,
    leads: int = 0,
) -> float:
    """Run producers and return how many transactions a second they committed.

    Parameters
    ----------
    dsn
        The database.
    script
        A file's name in ``bench/scripts``, without ``.sql``.
    clients
        Connections, each with at most one statement under way.
    seconds
        How long; at a rate, as long as it takes to commit what comes in that time.
    seed
        Of everything that is random.
    rate
        Transactions a second, by a Poisson clock; by default each client begins its next at once.
    leads
        What the script knows as ``:leads``.

    Raises
    ------
    BenchError
        When pgbench fails.
    """
    # A time may run out before anything is done, where there is little of the machine.
    paced = {"rate": rate, "transactions": math.ceil(rate * seconds / clients)} if rate else {}
    options = {
        "client": clients,
        "jobs": 1 if rate else min(clients, 2),
        "random-seed": seed,
        "file": HERE / "scripts" / f"{script}.sql",
        "define": f"leads={leads}",
        **(paced or {"time": seconds}),
    }
    return await _run_pgbench(dsn, *(f"--{name}={value}" for name, value in options.items()))


async def _run_pgbench(dsn: str, *options: str) -> float:
    """Run pgbench with these options and return its transactions a second."""
    address, password = without_password(dsn)
    process = await asyncio.create_subprocess_exec(
        binary("pgbench"),
        "--no-vacuum",
        "--protocol=prepared",
        *options,
        address,
        env={**os.environ, "PGPASSWORD": password},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        output, problems = await process.communicate()
    except asyncio.CancelledError:
        await _stop(process)
        raise
    tps = _TPS.search(output.decode())
    if process.returncode != 0 or tps is None:
        message = f"pgbench failed: {problems.decode().strip()}\n{output.decode().strip()}"
        raise BenchError(message)
    return float(tps[1])


def without_password(dsn: str) -> tuple[str, str]:
    """Split a database address into what a list of processes may show, and the password.

    Examples
    --------
    >>> without_password("postgresql://ana:s%40crcy@localhost:5432/crm")
    ('postgresql://ana@localhost:5432/crm', 's@crcy')
    """
    address = urlsplit(dsn)
    user, colon, password = address.netloc.rpartition("@")[0].partition(":")
    if not colon:
        return dsn, os.environ.get("PGPASSWORD", "")
    host = address.netloc.rpartition("@")[2]
    return address._replace(netloc=f"{user}@{host}").geturl(), unquote(password)
