"""A real Postgres for the tests, and a database of its own for each that asks."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import docker
import pytest
import pytest_asyncio
from hypothesis import settings
from testcontainers.community.postgres import PostgresContainer

from local.postgres import throwaway
from postgres.install import install
from tests.ui.stack import MEASURES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

NEEDS = {"browser": {"browser", "page"}, "postgres": {"server_dsn", "timed_server"}}
"""Fixtures by the marker of the tests that use them; what starts a Postgres itself is marked so."""

settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")  # the machine may be busy: no example fails for its time


def pytest_configure() -> None:
    """Hear Ctrl-C, and let numbers be crunched by one thread a process, children's too.

    What a shell starts behind something else has Ctrl-C ignored. OpenMP's threads wait for one
    another by spinning: where others need the cores too, a fit costs thirty times as much with two.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many workers as cores; half as many again for tests that drive processes, and wait."""
    cores = os.cpu_count() or 1
    return cores if config.option.markexpr == "unit" else cores * 3 // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by what it needs, `unit` where that is nothing.

    Measuring which lines run takes as long again. It is left out, as in tests that are marked so,
    where the same lines run again and again, or only those of a browser's test itself.
    """
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        needed = [marker for marker, fixtures in NEEDS.items() if used & fixtures]
        marked = any(item.get_closest_marker(marker) for marker in NEEDS)
        if not marked:
            item.add_marker(needed[0] if needed else "unit")
        if "browser" in needed:
            item.add_marker("no_cover")


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """The address of a server where databases can be made: the nearest at hand."""
    with ExitStack() as stack:
        if dsn := os.environ.get("DATABASE_URL"):
            yield dsn
        elif os.environ.get("GALOPE_TEST_DOCKER") == "1" and _docker_answers():
            container = stack.enter_context(PostgresContainer("postgres:16", driver=None))
            yield container.get_connection_url()
        else:
            yield stack.enter_context(throwaway(fast=True))


@pytest.fixture(scope="session")
def template(server_dsn: str) -> Iterator[str]:
    """The name of a database with Galope installed, to be copied, never used itself."""
    name = _unique("template")
    asyncio.run(_execute(server_dsn, f'CREATE DATABASE "{name}"'))
    try:
        asyncio.run(_install(_address(server_dsn, name)))
        yield name
    finally:
        asyncio.run(_execute(server_dsn, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def unmeasured_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes without measuring which lines they run: other tests do so."""
    monkeypatch.delenv(MEASURES, raising=False)


@pytest_asyncio.fixture
async def database(server_dsn: str, template: str) -> AsyncIterator[str]:
    """The address of a new database with Galope installed, dropped after the test."""
    name = _unique("test")
    await _execute(server_dsn, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    try:
        yield _address(server_dsn, name)
    finally:
        await _execute(server_dsn, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest_asyncio.fixture
async def empty_database(server_dsn: str) -> AsyncIterator[str]:
    """The address of a new database with nothing in it, dropped after the test."""
    name = _unique("empty")
    await _execute(server_dsn, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield _address(server_dsn, name)
    finally:
        await _execute(server_dsn, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest_asyncio.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection to the test's own database."""
    connection = await asyncpg.connect(database)
    try:
        yield connection
    finally:
        await connection.close()


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _install(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await install(connection)
    finally:
        await connection.close()


def _address(dsn: str, database: str) -> str:
    return urlsplit(dsn)._replace(path=f"/{database}").geturl()


def _unique(kind: str) -> str:
    return f"galope_{kind}_{secrets.token_hex(6)}"


def _docker_answers() -> bool:
    try:
        return bool(docker.from_env().ping())
    except docker.errors.DockerException:
        return False
