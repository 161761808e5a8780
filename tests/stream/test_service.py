"""The stream as a process: how often it tries again."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from postgres.errors import GalopeError
from postgres.settings import Settings
from stream.__main__ import Service, _outcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

SESSIONS = 6


class Failing:
    """A consumer that fails after so many batches."""

    def __init__(self, committed: int) -> None:
        self.committed = committed

    def stop(self) -> None:
        """Do nothing: it has ended."""

    async def run(self) -> None:
        """Fail."""
        raise ConnectionResetError


@dataclass(frozen=True, slots=True)
class Log:
    """Takes down how long is waited."""

    waits: list[float]

    def warning(self, _: str, *, retry_in_s: float, **__: str) -> None:
        """Take down one wait."""
        self.waits.append(retry_in_s)

    def info(self, *_: str) -> None:
        """Take down nothing."""


async def waits(monkeypatch: pytest.MonkeyPatch, committed: list[int]) -> list[float]:
    """Return how long a service waits after sessions that commit so many batches and fail."""
    left = list(committed)

    @asynccontextmanager
    async def running(_: Settings) -> AsyncIterator[Failing]:
        if not left:
            service.stop()
        yield Failing(left.pop(0) if left else 0)

    monkeypatch.setattr("stream.__main__.running", running)
    monkeypatch.setattr("stream.__main__.FIRST_RETRY", 0.001)
    monkeypatch.setattr("stream.__main__.LONGEST_RETRY", 0.008)
    log = Log([])
    monkeypatch.setattr("stream.__main__.log", log)
    service = Service(Settings())
    await service.run()
    return log.waits


async def test_waits_grow_while_nothing_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = await waits(monkeypatch, [0] * SESSIONS)
    assert grown == [0.001, 0.002, 0.004, 0.008, 0.008, 0.008]


async def test_waits_begin_anew_once_something_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await waits(monkeypatch, [0, 0, 3, 0]) == [0.001, 0.002, 0.001, 0.002]


async def test_a_pooler_that_was_not_told_of_is_named() -> None:
    async def session() -> None:
        message = "prepared statement does not exist"
        raise asyncpg.InvalidSQLStatementNameError(message)

    outcome = await _outcome(asyncio.create_task(session()))
    assert isinstance(outcome, GalopeError)
    assert "pgbouncer=true" in str(outcome)
