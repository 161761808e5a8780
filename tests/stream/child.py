"""``python -m stream`` as a process of its own, and signals to wait for instead of sleeping."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Child:
    """A running stream, with all it has said so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def says(self, words: str) -> str:
        """Wait for a line with these words and return it."""
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended without {words!r}: {''.join(self.lines)}")  # noqa: EM102

    async def ends(self) -> int:
        """Wait for the end and return the exit code."""
        assert self.process.stderr is not None
        self.lines += (await self.process.stderr.read()).decode().splitlines(keepends=True)
        return await self.process.wait()

    async def killed(self) -> None:
        """Kill it as ``kill -9`` does, and wait until it is gone."""
        self.process.kill()
        await self.ends()


@asynccontextmanager
async def child(dsn: str, *arguments: str, **settings: str) -> AsyncIterator[Child]:
    """Start a stream on a database; kill it at the end if it still runs."""
    settings = {"DATABASE_URL": dsn, "GALOPE_LOG_FORMAT": "json", **settings}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stream", *arguments,
        cwd=ROOT, env=os.environ | settings, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    started = Child(process)
    try:
        yield started
    finally:
        if process.returncode is None:
            await started.killed()


@dataclass(slots=True)
class Scores:
    """What is heard of scores being committed."""

    connection: asyncpg.Connection[asyncpg.Record]
    _heard: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    def hear(self, *_: Any) -> None:
        """Note one announcement."""
        self._heard.put_nowait(None)

    async def batches(self, count: int) -> None:
        """Wait until so many more batches are committed."""
        for _ in range(count):
            await self._heard.get()

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait until a condition on the database holds, looking after each commit."""
        while not await condition():
            await self._heard.get()


@asynccontextmanager
async def scores(dsn: str) -> AsyncIterator[Scores]:
    """Listen for committed scores."""
    connection = await asyncpg.connect(dsn)
    heard = Scores(connection)
    await connection.add_listener("galope_scored", heard.hear)
    try:
        yield heard
    finally:
        await connection.close()
