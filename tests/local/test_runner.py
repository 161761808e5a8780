"""A plan of tiny programs, played on a real database."""

from __future__ import annotations

import asyncio
import io
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local import runner
from local.plan import Plan, Step
from local.runner import Database, RunError, run_plan
from local.screen import Screen
from local.supervisor import GaveUpError, RestartPolicy, Service
from postgres.errors import GalopeError

if TYPE_CHECKING:
    from pathlib import Path

LONG = ("-c", "import time; time.sleep(600)")
NOTHING = ("-c", "pass")
NEVER = "SELECT WHERE $1 > now() + interval '1 day'"


class Output(io.StringIO):
    """What was said, with a way to wait until something has been."""

    def __init__(self) -> None:
        super().__init__()
        self._said = asyncio.Event()

    def write(self, text: str) -> int:
        written = super().write(text)
        self._said.set()
        return written

    async def until(self, text: str) -> None:
        while text not in self.getvalue():
            self._said.clear()
            await self._said.wait()


@pytest.fixture
def output() -> Output:
    return Output()


@pytest.fixture
def screen(output: Output) -> Screen:
    return Screen(Console(file=output, width=200))


async def test_plays_the_plan_until_it_is_stopped(
    server_dsn: str, screen: Screen, output: Output, tmp_path: Path
) -> None:
    plan = Plan(
        steps=(
            Step("Laying out", NOTHING),
            Step("Learning", ("-c", "raise SystemExit(3)"), {3: "too little history"}),
        ),
        services=(Service("stream", LONG, ready="SELECT WHERE $1 < clock_timestamp()"),),
        tour=NOTHING,
    )
    playing = asyncio.create_task(run_plan(Database(server_dsn), plan, screen, tmp_path))
    await output.until("Galope is running")
    playing.cancel()
    with suppress(asyncio.CancelledError):
        await playing
    order = ("Laying out", "Learning", "too little history", "stream runs", "A short demo",
             "Galope is running", "stream stopped (SIGTERM)")  # fmt: skip
    places = [output.getvalue().index(text) for text in order]
    assert places == sorted(places)


async def test_leaves_the_demo_out(
    server_dsn: str, screen: Screen, output: Output, tmp_path: Path
) -> None:
    plan = Plan((Step("Seeding", NOTHING, demo=True), Step("Laying out", NOTHING)), (), NOTHING)
    playing = asyncio.create_task(
        run_plan(Database(server_dsn), plan, screen, tmp_path, demo=False)
    )
    await output.until("Galope is running")
    playing.cancel()
    assert "Laying out" in output.getvalue()
    assert "Seeding" not in output.getvalue()
    assert "A short demo" not in output.getvalue()
    assert "api.keys add" in output.getvalue()


async def test_plays_no_demo_where_a_step_of_it_makes_a_remark(
    server_dsn: str, screen: Screen, output: Output, tmp_path: Path
) -> None:
    seed = Step("Seeding", ("-c", "raise SystemExit(3)"), {3: "somebody's leads"}, demo=True)
    allowed = ("-c", "import os, sys; sys.exit('GALOPE_DEMO' in os.environ)")
    plan = Plan((seed, Step("Laying out", NOTHING)), (Service("api", allowed),), NOTHING)
    playing = asyncio.create_task(run_plan(Database(server_dsn), plan, screen, tmp_path))
    await output.until("Galope is running")
    await output.until("api ended with exit code 0")
    playing.cancel()
    assert "somebody's leads" in output.getvalue()
    assert "A short demo" not in output.getvalue()
    assert "demo.fire" not in output.getvalue()


async def test_says_that_a_port_is_taken_before_anything_is_done(
    server_dsn: str, screen: Screen, output: Output, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        api = Service("api", LONG, address=f"http://127.0.0.1:{port}/docs")
        plan = Plan((Step("Laying out", NOTHING),), (api,), NOTHING)
        with pytest.raises(RunError, match=rf"Port {port}, for the api, is taken.*GALOPE_API_PORT"):
            await run_plan(Database(server_dsn), plan, screen, tmp_path)
    assert "Laying out" not in output.getvalue()


@pytest.mark.parametrize("port", ["abc", "99999"])
async def test_says_that_a_port_is_none(screen: Screen, tmp_path: Path, port: str) -> None:
    plan = Plan((), (Service("api", LONG, address=f"http://127.0.0.1:{port}/docs"),), NOTHING)
    with pytest.raises(RunError, match=rf"GALOPE_API_PORT must be a port.*127\.0\.0\.1:{port}"):
        await run_plan(Database("postgresql://127.0.0.1:1/galope"), plan, screen, tmp_path)


async def test_says_which_step_failed(server_dsn: str, screen: Screen, tmp_path: Path) -> None:
    plan = Plan((Step("Laying out", ("-c", "raise SystemExit(2)")),), (), NOTHING)
    with pytest.raises(RunError, match=r"Laying out: `python -c .* ended with exit code 2"):
        await run_plan(Database(server_dsn), plan, screen, tmp_path)


async def test_says_which_service_was_not_ready_and_stops_it(
    server_dsn: str, screen: Screen, output: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "READY_TIMEOUT_S", 0.5)
    plan = Plan((), (Service("stream", LONG, ready=NEVER),), NOTHING)
    with pytest.raises(RunError, match=r"stream was not ready in 0\.5 s; see .*stream\.log"):
        await run_plan(Database(server_dsn), plan, screen, tmp_path)
    assert "stream stopped" in output.getvalue()


async def test_does_not_wait_for_a_service_that_keeps_dying(
    server_dsn: str, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RESTARTS", RestartPolicy(first_s=0.001))
    plan = Plan((), (Service("stream", ("-c", "raise SystemExit('no')"), ready=NEVER),), NOTHING)
    with pytest.raises(GaveUpError, match="stream ended 5 times"):
        await run_plan(Database(server_dsn), plan, screen, tmp_path)


async def test_says_that_the_database_does_not_answer_before_anything_is_done(
    screen: Screen, output: Output, tmp_path: Path
) -> None:
    nowhere = Database("postgresql://ana:secret@127.0.0.1:1/galope")
    plan = Plan((Step("Laying out", NOTHING),), (), NOTHING)
    with pytest.raises(GalopeError, match=r"No Postgres answers for galope at 127\.0\.0\.1:1"):
        await run_plan(nowhere, plan, screen, tmp_path)
    assert "Laying out" not in output.getvalue()


async def test_says_that_the_database_fails(
    server_dsn: str, screen: Screen, tmp_path: Path
) -> None:
    plan = Plan((), (Service("stream", LONG, ready="SELECT FROM nothing WHERE $1"),), NOTHING)
    with pytest.raises(RunError, match='relation "nothing" does not exist'):
        await run_plan(Database(server_dsn), plan, screen, tmp_path)


async def test_notices_that_its_own_postgres_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LOST_TIMEOUT_S", 0.3)
    gone = Database("postgresql://ana@127.0.0.1:1/galope", folder=tmp_path)
    with pytest.raises(RunError, match=r"Postgres has not answered for 0\.3 s"):
        await runner.wait_while_it_answers(gone)
