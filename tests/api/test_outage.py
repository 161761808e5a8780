"""Postgres away for a while: 503, then recovery by itself, and nothing lost that was answered."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from tests.api.served import execute, served

if TYPE_CHECKING:
    import httpx

    from tests.api.served import Served


class Line:
    """The line to Postgres, which can be cut."""

    def __init__(self, dsn: str) -> None:
        self._parts = urlsplit(dsn)
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def dsn(self) -> str:
        """The database's address through this line."""
        user = self._parts.netloc.rpartition("@")[0]
        return self._parts._replace(netloc=f"{user}@127.0.0.1:{self._port}").geturl()

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def mend(self) -> None:
        """Let connections through."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """End every connection, and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()
        await self._server.wait_closed()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        self._ends |= {writer, far[1]}
        await asyncio.gather(_carry(reader, far[1]), _carry(far[0], writer))


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def answered(api: Served, lead_id: str, status: int) -> httpx.Response:
    """Post events until one is answered so."""
    while True:
        body = {"lead_id": lead_id, "event_type": "page_view"}
        answer = await api.client.post("/events", json=body)
        assert answer.status_code in {201, 503}, answer.text
        if answer.status_code == status:
            return answer


async def test_it_says_so_and_comes_back(database: str) -> None:
    async with Line(database) as line, served(line.dsn, api_patience_s=2.0) as api:
        lead = await api.lead()
        async with api.client.stream("GET", "/stream/leads") as live:
            await line.cut()
            refused = await answered(api, lead["id"], 503)
            assert refused.headers["retry-after"] == "1"
            assert "indisponível" in refused.json()["error"]
            for path in ("/leads", f"/leads/{lead['id']}", "/crm/board"):
                assert (await api.client.get(path)).status_code == 503
            assert (await api.client.get("/health")).status_code == 500
            await line.mend()
            await answered(api, lead["id"], 201)
            assert (await api.client.get("/health")).json()["status"] == "UP"
            await execute(
                database,
                "INSERT INTO galope.score_history (lead_id, scored_at, cause, score_after,"
                " status, probability, points, model_version)"
                " SELECT id, now(), 'x', 5, 'CURIOSO', 0.1, '[]', 0 FROM leads",
            )
            async for text in live.aiter_lines():
                if text.startswith("data: "):
                    break


async def test_what_was_answered_is_there(database: str) -> None:
    async with Line(database) as line, served(line.dsn, api_patience_s=2.0) as api:
        lead = await api.lead()
        accepted: list[str] = []
        under_way = asyncio.Event()

        async def client(number: int) -> None:
            for index in range(40):
                body = {"lead_id": lead["id"], "event_type": f"e{number}-{index}"}
                answer = await api.client.post("/events", json=body)
                assert answer.status_code in {201, 503}
                if answer.status_code == 201:
                    accepted.append(body["event_type"])
                if len(accepted) > 20:
                    under_way.set()

        clients = [asyncio.create_task(client(number)) for number in range(8)]
        await under_way.wait()
        await line.cut()
        await line.mend()
        await asyncio.gather(*clients)
    stored = {row["event_type"] for row in await execute(database, "SELECT event_type FROM events")}
    assert set(accepted) <= stored


async def test_it_starts_while_postgres_is_away(database: str) -> None:
    async with Line(database) as line:
        await line.cut()
        async with served(line.dsn, api_patience_s=2.0) as api:
            assert (await api.client.get("/leads")).status_code == 503
            await line.mend()
            while (await api.client.get("/leads")).status_code == 503:
                pass
            assert (await api.client.get("/leads")).json() == []
