"""A receiver of webhooks on this machine, which can be made to fail in each way that they do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(slots=True)
class Received:
    """One request that was received whole, whatever was answered."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """What it says."""
        said: dict[str, Any] = orjson.loads(self.body)
        return said


@dataclass(slots=True)
class Receiver:
    """An HTTP server that keeps what it is sent.

    Parameters
    ----------
    status
        What it answers.
    answers
        Whether it answers at all; while it does not, requests wait.
    taken, refused
        What it answered with success, and with anything else.
    asked
        Set by every request.
    news
        Set by every answer.
    """

    status: int = 200
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[Received] = field(default_factory=list)
    refused: list[Received] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def counted(self) -> list[dict[str, Any]]:
        """What it took, each id once, in the order it came."""
        return list({one.event["id"]: one.event for one in reversed(self.taken)}.values())[::-1]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for an answer after which something is so."""
        while not true():
            self.news.clear()
            await self.news.wait()

    async def up(self) -> None:
        """Serve, at the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and cut those there are."""
        if self._server is not None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while request := await _read(reader):
                self.asked.set()
                await self.answers.wait()
                (self.taken if self.status < 300 else self.refused).append(request)  # noqa: PLR2004 - HTTP's
                self.news.set()
                writer.write(f"HTTP/1.1 {self.status} -\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Received(head[0].split(" ")[1], headers, body)


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Yield a receiver that serves and takes everything."""
    receiver = Receiver()
    receiver.answers.set()
    await receiver.up()
    try:
        yield receiver
    finally:
        receiver.answers.set()
        await receiver.down()
