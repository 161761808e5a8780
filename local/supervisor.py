"""Child processes: services kept running and stopped in order, and steps run to their end.

Every child gets a session of its own, so that Ctrl-C in the terminal reaches only the supervisor,
which then stops them one by one: the stream finishes its batch while its database is still there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import IO

T = TypeVar("T")
TAIL_BYTES = 8_192
TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Service:
    """A process that should run as long as everything does.

    Attributes
    ----------
    name
        What people call it; its log file is ``<name>.log``.
    args
        What follows the interpreter, such as ``("-m", "stream")``.
    env
        Variables of its own, over those that all children get.
    ready
        A query that finds a row once the service works; ``$1`` is the moment before its start.
        None: as soon as its process runs.
    address
        Where people reach it, if they do.
    """

    name: str
    args: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How long to wait before a restart, how often to try, and how long a stop may take.

    Examples
    --------
    >>> policy = RestartPolicy(first_s=0.5, longest_s=3.0)
    >>> [policy.delay(deaths) for deaths in (1, 2, 3, 4)]
    [0.5, 1.0, 2.0, 3.0]
    """

    first_s: float = 0.5
    longest_s: float = 30.0
    quick_s: float = 10.0  # a shorter life counts as a quick death
    quick_deaths: int = 5  # in a row, and the supervisor gives up
    grace_s: float = 30.0  # from being asked to stop until being killed

    def delay(self, deaths: int) -> float:
        """Return the seconds to wait after so many quick deaths in a row."""
        return min(self.first_s * 2.0 ** max(deaths - 1, 0), self.longest_s)


@dataclass(frozen=True, slots=True)
class Started:
    """A service's process runs."""

    service: str
    pid: int


@dataclass(frozen=True, slots=True)
class Died:
    """A service's process ended and nobody had asked it to."""

    service: str
    how: str
    lines: tuple[str, ...]
    retry_in_s: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """A service's process ended because it was asked to."""

    service: str
    how: str


Report = Started | Died | Stopped


class GaveUpError(RuntimeError):
    """A service died too often, too soon; the message has its last words."""


class Supervisor:
    """Keeps services running between ``async with`` and its end; stops the last one first.

    Parameters
    ----------
    services
        In the order to start them.
    env
        The environment of every child.
    logs
        The folder for their log files, begun anew.
    tell
        Called with each `Report`.
    policy
        How long to wait for what.
    """

    def __init__(
        self,
        services: Sequence[Service],
        *,
        env: Mapping[str, str],
        logs: Path,
        tell: Callable[[Report], None],
        policy: RestartPolicy = RestartPolicy(),
    ) -> None:
        self._services = services
        self._env = env
        self._logs = logs
        self._tell = tell
        self._policy = policy
        self._keepers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        for service in self._services:
            self._log(service).write_bytes(b"")
            self._keepers.append(asyncio.create_task(self._keep(service), name=service.name))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for keeper in reversed(self._keepers):
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def during(self, work: Awaitable[T]) -> T:
        """Await `work`; if a service gives up first, drop it and raise `GaveUpError`."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task, *self._keepers], return_when=asyncio.FIRST_COMPLETED)
            for keeper in self._keepers:
                if keeper.done():
                    await keeper
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep(self, service: Service) -> None:
        now = asyncio.get_running_loop().time
        deaths = 0
        while True:
            began = now()
            outcome = await self._live(service)
            deaths = deaths + 1 if now() - began < self._policy.quick_s else 0
            if deaths >= self._policy.quick_deaths:
                raise GaveUpError(self._death_report(service, outcome, deaths))
            delay = self._policy.delay(deaths)
            self._tell(Died(service.name, outcome, tail(self._log(service)), delay))
            await asyncio.sleep(delay)

    async def _live(self, service: Service) -> str:
        """Start a service and return how it ended; stop it when cancelled."""
        with self._log(service).open("ab") as log:
            process = await start(service.args, {**self._env, **service.env}, log)
        self._tell(Started(service.name, process.pid))
        try:
            return ending(await process.wait())
        except asyncio.CancelledError:
            self._tell(Stopped(service.name, await stop(process, self._policy.grace_s)))
            raise

    def _death_report(self, service: Service, outcome: str, deaths: int) -> str:
        log = self._log(service)
        return (
            f"{service.name} ended {deaths} times in a row within {self._policy.quick_s:g} s of"
            f" its start, at last with {outcome}. The end of {log}:\n  " + "\n  ".join(tail(log))
        )

    def _log(self, service: Service) -> Path:
        return self._logs / f"{service.name}.log"


async def start(args: Sequence[str], env: Mapping[str, str], log: IO[bytes] | None) -> Process:
    """Start this interpreter with `args`, out of the terminal's reach, its output in `log`."""
    return await asyncio.create_subprocess_exec(
        sys.executable, *args, env=env, stdin=DEVNULL, stdout=log,
        stderr=None if log is None else STDOUT, start_new_session=True,
    )  # fmt: skip


async def run(args: Sequence[str], env: Mapping[str, str], *, grace_s: float = 10.0) -> int:
    """Run this interpreter with `args` to its end and return its exit code."""
    process = await start(args, env, None)
    try:
        return await process.wait()
    finally:
        await stop(process, grace_s)


async def stop(process: Process, grace_s: float) -> str:
    """Ask a process to end, kill it and its own children if it does not; return how it ended."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), grace_s)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
    return ending(await process.wait())


def ending(code: int) -> str:
    """Say how a process ended.

    Examples
    --------
    >>> ending(1), ending(-9)
    ('exit code 1', 'SIGKILL')
    """
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def tail(log: Path) -> tuple[str, ...]:
    """Return the last lines of a log file."""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - TAIL_BYTES, 0))
        lines = file.read().decode(errors="replace").splitlines()
    return tuple(lines[-TAIL_LINES:])
