"""Plays a plan on a database: the steps, the services until they are ready, the tour."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import asyncpg

from local.orphans import membership
from local.screen import interpreter, shown, without_password
from local.supervisor import RestartPolicy, Service, Supervisor, ending, run
from postgres.connect import LOST, Connection, connect
from postgres.errors import first_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from local.plan import Plan, Step
    from local.screen import Screen

RESTARTS = RestartPolicy()
READY_TIMEOUT_S = 60.0
READY_POLL_S = 0.1
LOST_TIMEOUT_S = 30.0


class RunError(RuntimeError):
    """Something that was to be started did not work; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the data is: our own Postgres's folder and address file, or somebody else's server."""

    dsn: str
    folder: Path | None = None
    env_file: Path | None = None


async def run_plan(
    database: Database, plan: Plan, screen: Screen, state: Path, *, demo: bool = True
) -> None:
    """Do what the plan says and keep its services running; ends only by an error or cancelled.

    Raises
    ------
    GalopeError
        When the database cannot be reached.
    RunError
        When a service's port is taken, a step fails, a service is not ready in time, or our own
        Postgres is gone.
    GaveUpError
        When a service dies again and again.
    """
    variables = {"DATABASE_URL": database.dsn, "PYTHONUNBUFFERED": "1", **membership(state)}
    env = {**os.environ, **variables}
    for service in plan.services:
        _ensure_port_is_free(service)
    await _now(database.dsn)  # it answers, or the error says why not
    for step in plan.steps:
        if demo or not step.demo:
            as_meant = await _run_step(step, env, screen)
            demo = demo and (as_meant or not step.demo)
    if demo:
        env["GALOPE_DEMO"] = "1"
    logs = state / "log"
    since = await _now(database.dsn)
    supervisor = Supervisor(plan.services, env=env, logs=logs, tell=screen.tell, policy=RESTARTS)
    async with supervisor:
        for service in plan.services:
            await supervisor.during(_ready(service, database.dsn, since))
        if demo:
            screen.doing("A short demo")
            await supervisor.during(run(plan.tour, env))
        screen.summary(_places(database, plan, logs), _commands(database, env, demo=demo))
        await supervisor.during(wait_while_it_answers(database))


def _ensure_port_is_free(service: Service) -> None:
    variable = f"GALOPE_{service.name.upper()}_PORT"
    address = urlsplit(service.address or "")
    try:
        port = address.port
    except ValueError as error:
        msg = f"{variable} must be a port, from 1 to 65535: {address.netloc} is no address."
        raise RunError(msg) from error
    if port is None:
        return
    try:
        socket.create_server((address.hostname, port)).close()
    except PermissionError as error:
        msg = f"Port {port}, for the {service.name}, is for root only. Choose one with {variable}."
        raise RunError(msg) from error
    except OSError as error:
        msg = (
            f"Port {port}, for the {service.name}, is taken: another `make run`? Stop what"
            f" uses it, or choose another with {variable}."
        )
        raise RunError(msg) from error


async def _run_step(step: Step, env: Mapping[str, str], screen: Screen) -> bool:
    """Run a step; return whether it did what it is for, rather than only saying why not."""
    screen.doing(step.title)
    code = await run(step.args, env)
    if code in step.remarks:
        screen.remark(step.remarks[code])
    elif code != 0:
        command = " ".join(["python", *step.args])
        msg = f"{step.title}: `{command}` ended with {ending(code)}; what it said is above."
        raise RunError(msg)
    return code == 0


async def _now(dsn: str) -> datetime:
    async with _connected(dsn) as connection:
        now: datetime = await connection.fetchval("SELECT clock_timestamp()")
        return now


async def _ready(service: Service, dsn: str, since: datetime) -> None:
    """Return once the service's own query finds it at work."""
    if service.ready is None:
        return
    try:
        async with asyncio.timeout(READY_TIMEOUT_S), _connected(dsn) as connection:
            while await connection.fetchrow(service.ready, since) is None:  # noqa: ASYNC110 - a row, no event
                await asyncio.sleep(READY_POLL_S)
    except TimeoutError as error:
        msg = f"{service.name} was not ready in {READY_TIMEOUT_S:g} s; see {service.name}.log."
        raise RunError(msg) from error


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Connection]:
    connection = await connect(dsn, "galope run")
    try:
        yield connection
    except LOST as error:
        msg = f"The database {without_password(dsn)} failed: {first_line(error)}."
        raise RunError(msg) from error
    finally:
        connection.terminate()


async def wait_while_it_answers(database: Database) -> NoReturn:
    """Wait for ever, or until our own Postgres is gone, which nobody would start again.

    Raises
    ------
    RunError
        When it has not answered for a while; recovering from a crash takes less.
    """
    if database.folder is None:
        await asyncio.Event().wait()
    while True:
        connection = await _connect_again(database)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _, lost=lost: lost.set())
        try:
            await lost.wait()
        finally:
            connection.terminate()


async def _connect_again(database: Database) -> asyncpg.Connection[asyncpg.Record]:
    try:
        async with asyncio.timeout(LOST_TIMEOUT_S):
            while True:
                try:
                    return await asyncpg.connect(database.dsn)
                except (OSError, asyncpg.PostgresError):  # starting up, or recovering
                    await asyncio.sleep(READY_POLL_S)
    except TimeoutError as error:
        msg = (
            f"Postgres has not answered for {LOST_TIMEOUT_S:g} s; the reason should be at the end"
            f" of {database.folder}/server.log. `make run` continues with the same data."
        )
        raise RunError(msg) from error


def _places(database: Database, plan: Plan, logs: Path) -> list[tuple[str, str]]:
    places = [("Database", without_password(database.dsn)), ("Logs", f"{shown(logs)}/*.log")]
    places += [(each.name, each.address) for each in plan.services if each.address]
    if database.folder is not None:
        places.insert(1, ("Data", shown(database.folder)))
    return places


def _commands(database: Database, env: Mapping[str, str], *, demo: bool) -> list[str]:
    """Return what to type next: beside the demo a key is needed, and made at the terminal."""
    address = [f". {shown(database.env_file)}  # in another terminal"] if database.env_file else []
    if demo:
        return [*address, f"{interpreter()} -m demo.fire"]
    if env.get("GALOPE_API_KEY"):
        return []
    return [
        *address,
        f"{interpreter()} -m api.keys add me --role admin  # calls and the admin need a key",
        "GALOPE_API_KEY=… make run",
    ]
