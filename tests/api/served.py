"""The API as a process of its own, and clients for it."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import asyncpg
import httpx
import uvicorn

from api.__main__ import configured
from api.app import calls
from api.services.authentication import make_key
from api.settings import Settings

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from fastapi import FastAPI

    Main = Callable[[Sequence[str]], int]

Row = dict[str, Any]


@cache
def first() -> FastAPI:
    """Return an application whose routes all others here have, and whose lifespan none."""
    return calls(Settings())


def described() -> Row:
    """Return the OpenAPI description; not to be changed."""
    return first().openapi()


def with_the_same_routes(settings: Settings) -> FastAPI:
    """Return an application that is quick to start: FastAPI makes each one's routes anew."""
    app = calls(settings)
    app.router.routes[:] = first().router.routes
    return app


class Server(uvicorn.Server):
    """A server in the test's own loop, which says when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serves = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serves.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def address(self) -> str:
        """Where it is reached from here."""
        port = self.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


@dataclass(slots=True)
class Served:
    """A running API."""

    client: httpx.AsyncClient

    async def lead(self, **values: str) -> Row:
        """Capture a lead and return it."""
        body = {"nome": "Ana Prado", "segmento_interesse": "CAVALOS", "uf": "MG"} | values
        answer = await self.client.post("/leads", json=body)
        assert answer.status_code == 201, answer.text
        row: Row = answer.json()
        return row


@asynccontextmanager
async def served(dsn: str, **settings: Any) -> AsyncIterator[Served]:
    """Serve the API on a free port for the length of a ``with``."""
    chosen = {"api_port": 0, "demo": True} | settings
    with patch("api.app.calls", with_the_same_routes):
        server = Server(configured(Settings.model_validate({"DATABASE_URL": dsn, **chosen})))
    serving = asyncio.create_task(server.serve())
    started = asyncio.create_task(server.serves.wait())
    await asyncio.wait((serving, started), return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    if serving.done():
        await serving
    try:
        async with httpx.AsyncClient(base_url=server.address, timeout=100) as client:
            yield Served(client)
    finally:
        server.should_exit = True
        await serving


async def key(dsn: str, role: str, days: int | None = None) -> dict[str, str]:
    """Make a key, and return the header that sends it."""
    connection = await asyncpg.connect(dsn)
    try:
        _, made = await make_key(connection, f"a {role}", role, days)
    finally:
        await connection.close()
    return {"Authorization": f"Bearer {made}"}


async def at_terminal(main: Main, dsn: str, *arguments: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and all that it said."""
    said = StringIO()
    with (
        patch.dict(os.environ, DATABASE_URL=dsn),
        redirect_stdout(said),
        redirect_stderr(said),
    ):
        try:
            code = await asyncio.to_thread(main, arguments)
        except SystemExit as refused:
            code = int(refused.code or 0)
    return code, said.getvalue()


async def execute(dsn: str, statement: str, *values: Any) -> list[asyncpg.Record]:
    """Run a statement of a test's own."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(statement, *values)
    finally:
        await connection.close()
