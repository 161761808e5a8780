"""Services as tiny programs: their order, their deaths, their end."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from local.supervisor import (
    Died,
    GaveUpError,
    Report,
    RestartPolicy,
    Service,
    Started,
    Stopped,
    Supervisor,
    run,
    tail,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG = "import time; time.sleep(600)"
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], 'w').write('up')
time.sleep(600)
"""
POLITE = """
import signal, sys, time
def finish(*_):
    print('finished the batch')
    sys.exit()
signal.signal(signal.SIGTERM, finish)
open(sys.argv[1], 'w').write('up')
time.sleep(600)
"""
PATIENT = RestartPolicy()
HASTY = RestartPolicy(first_s=0.001, longest_s=0.003, quick_deaths=4, grace_s=0.1)


def python(name: str, code: str, *args: object) -> Service:
    return Service(name, ("-c", code, *map(str, args)))


@pytest.fixture
def reports() -> asyncio.Queue[Report]:
    return asyncio.Queue()


@pytest.fixture
def supervise(tmp_path: Path, reports: asyncio.Queue[Report]) -> Callable[..., Supervisor]:
    def make(*services: Service, policy: RestartPolicy = PATIENT) -> Supervisor:
        env = dict(os.environ)
        return Supervisor(
            services, env=env, logs=tmp_path / "log", tell=reports.put_nowait, policy=policy
        )

    return make


async def test_stops_the_last_one_first(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report]
) -> None:
    async with supervise(python("first", LONG), python("second", LONG)):
        started = {(await reports.get()).service, (await reports.get()).service}
    assert started == {"first", "second"}
    assert await reports.get() == Stopped("second", "SIGTERM")
    assert await reports.get() == Stopped("first", "SIGTERM")


async def test_a_service_may_finish_what_it_does(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report], fifo: Path, tmp_path: Path
) -> None:
    async with supervise(python("stream", POLITE, fifo)):
        await asyncio.to_thread(fifo.read_text)
        await reports.get()
    assert await reports.get() == Stopped("stream", "exit code 0")
    assert tail(tmp_path / "log" / "stream.log") == ("finished the batch",)


async def test_kills_one_that_does_not_stop(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report], fifo: Path
) -> None:
    async with supervise(python("stream", STUBBORN, fifo), policy=HASTY):
        await asyncio.to_thread(fifo.read_text)
        await reports.get()
    assert await reports.get() == Stopped("stream", "SIGKILL")


async def test_ctrl_c_in_the_terminal_does_not_reach_it(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report]
) -> None:
    async with supervise(python("stream", LONG)):
        started = await reports.get()
        assert isinstance(started, Started)
        assert os.getsid(started.pid) == started.pid


async def test_starts_a_dead_one_again_and_gives_up_in_the_end(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report], tmp_path: Path
) -> None:
    broken = python("stream", "raise SystemExit('no such table')")
    async with supervise(broken, policy=HASTY) as supervisor:
        with pytest.raises(GaveUpError, match=r"stream ended 4 times .* exit code 1") as gave_up:
            await supervisor.during(asyncio.Event().wait())
    assert "no such table" in str(gave_up.value)
    assert str(tmp_path / "log" / "stream.log") in str(gave_up.value)
    told = [reports.get_nowait() for _ in range(reports.qsize())]
    assert [type(report) for report in told] == [
        Started,
        Died,
        Started,
        Died,
        Started,
        Died,
        Started,
    ]
    waits = [report.retry_in_s for report in told if isinstance(report, Died)]
    assert waits == [0.001, 0.002, 0.003]


async def test_a_death_is_told_with_its_last_words(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report]
) -> None:
    async with supervise(python("stream", "print('one'); print('two'); raise SystemExit(7)")):
        await reports.get()
        assert await reports.get() == Died("stream", "exit code 7", ("one", "two"), 0.5)


async def test_one_that_lived_long_enough_is_never_given_up(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report]
) -> None:
    policy = RestartPolicy(first_s=0.001, quick_s=0, quick_deaths=2)
    async with supervise(python("stream", "pass"), policy=policy):
        deaths = 0
        while deaths < 4:
            deaths += isinstance(await reports.get(), Died)


async def test_work_goes_on_while_the_services_live(supervise: Callable[..., Supervisor]) -> None:
    async with supervise(python("stream", LONG)) as supervisor:
        assert await supervisor.during(asyncio.sleep(0, "done")) == "done"


async def test_a_service_has_its_own_variables(
    supervise: Callable[..., Supervisor], reports: asyncio.Queue[Report]
) -> None:
    code = "import os; raise SystemExit(os.environ['GALOPE_COLOUR'])"
    async with supervise(Service("stream", ("-c", code), {"GALOPE_COLOUR": "bay"})):
        await reports.get()
        died = await reports.get()
    assert isinstance(died, Died)
    assert died.lines == ("bay",)


async def test_a_step_gives_its_exit_code() -> None:
    assert await run(("-c", "raise SystemExit(3)"), dict(os.environ)) == 3


async def test_a_step_ends_with_its_supervisor(fifo: Path) -> None:
    announce = (
        "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
    )
    step = asyncio.create_task(run(("-c", announce, str(fifo)), dict(os.environ)))
    pid = int(await asyncio.to_thread(fifo.read_text))
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
