"""The API as a process of its own, and clients for it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx

from tests.stream.child import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Row = dict[str, Any]


@dataclass(slots=True)
class Served:
    """A running API."""

    process: asyncio.subprocess.Process
    client: httpx.AsyncClient
    lines: list[str] = field(default_factory=list)

    async def lead(self, **values: str) -> Row:
        """Capture a lead and return it."""
        body = {"nome": "Ana Prado", "segmento_interesse": "CAVALOS", "uf": "MG"} | values
        answer = await self.client.post("/leads", json=body)
        assert answer.status_code == 201, answer.text
        row: Row = answer.json()
        return row

    async def stopped(self) -> int:
        """Ask for its end, and return the exit code."""
        self.process.terminate()
        return await self.process.wait()


@asynccontextmanager
async def served(dsn: str, **settings: str) -> AsyncIterator[Served]:
    """Start the API on a free port; it serves when the ``with`` begins."""
    given = {
        "DATABASE_URL": dsn,
        "GALOPE_API_PORT": "0",
        "GALOPE_LOG_FORMAT": "json",
        "GALOPE_DEMO": "1",
    } | settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api",
        cwd=ROOT, env=os.environ | given, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    lines: list[str] = []
    while line := (await process.stderr.readline()).decode():
        lines.append(line)
        if found := re.search(r"running on (http://\S+)", line):
            break
    else:
        raise AssertionError("".join(lines))
    reading = asyncio.create_task(_read(process.stderr, lines))
    address = found[1].replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - where it is reached from here
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        try:
            yield Served(process, client, lines)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            await reading


async def _read(stream: asyncio.StreamReader, lines: list[str]) -> None:
    """Take what it says, so that it never waits to be heard."""
    while line := (await stream.readline()).decode():
        lines.append(line)


async def key(dsn: str, role: str, *more: str) -> dict[str, str]:
    """Make a key with the command line, and return the header that sends it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api.keys", "add", f"a {role}", "--role", role, *more,
        cwd=ROOT, env=os.environ | {"DATABASE_URL": dsn},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return {"Authorization": f"Bearer {out.decode().strip()}"}


async def execute(dsn: str, statement: str, *values: Any) -> list[asyncpg.Record]:
    """Run a statement of a test's own."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()
