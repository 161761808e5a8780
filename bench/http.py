"""A lean HTTP client: what measures must not be what is measured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from bench.report import BenchError


@dataclass(slots=True)
class Client:
    """One kept-alive connection, with at most one request under way."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, method: str, target: str, body: Any = None) -> bytes:
        """Make a request and return the answer's body.

        Raises
        ------
        BenchError
            When the answer is no success.
        """
        content = b"" if body is None else orjson.dumps(body)
        self.writer.write(
            f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(header[15:]) for header in lines if header.startswith(b"content-length:"))
        answer = await self.reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 2"):
            message = (
                f"{method} {target} was answered: {head[9:12].decode()} {answer.decode()[:300]}"
            )
            raise BenchError(message)
        return answer

    async def events(self, target: str) -> AsyncIterator[dict[str, Any]]:
        """Follow server-sent events for ever, and yield each one's data."""
        self.writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        while True:
            line = await self.reader.readline()
            if line.startswith(b"data: "):
                yield orjson.loads(line[6:])


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Client]:
    """Open a connection to this machine's API."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()
