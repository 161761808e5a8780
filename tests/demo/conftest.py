"""What the tests of demo/ share."""

from __future__ import annotations

import asyncio
from io import StringIO
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio
from rich.console import Console

from demo.live import DemoSession, SqlSender, watching
from demo.screen import PlainScreen
from postgres.settings import Settings
from stream.__main__ import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres.connect import Connection


@pytest.fixture
def settings(database: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a stream on the test's own database, in the environment too."""
    monkeypatch.setenv("DATABASE_URL", database)
    return Settings()


@pytest_asyncio.fixture
async def streaming(settings: Settings) -> AsyncIterator[str]:
    """The address of a database on which a stream runs."""
    async with running(settings) as consumer:
        consuming = asyncio.create_task(consumer.run())
        yield settings.database_url
        consumer.stop()
        await consuming


@pytest.fixture
def terminal() -> Console:
    """A terminal of 80 columns that keeps what it is sent."""
    return Console(file=StringIO(), force_terminal=True, width=80, height=24, _environ={})


@pytest.fixture
def pipe() -> Console:
    """No terminal; keeps what it is sent."""
    return Console(file=StringIO(), width=80, _environ={})


@pytest_asyncio.fixture
async def session(
    streaming: str, connection: Connection, pipe: Console
) -> AsyncIterator[DemoSession]:
    listening = await asyncpg.connect(streaming)
    async with watching(listening) as watcher:
        yield DemoSession(connection, watcher, SqlSender(connection), PlainScreen(pipe))
    listening.terminate()
