"""The live stream: told as it commits, resumable, filtered; and who does not read is dropped."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from api.routes import live
from api.services import score_changes
from postgres.install import install, uninstall
from tests.api.served import execute, served
from tests.stream.child import child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres.connect import Connection
    from tests.api.served import Served

SCORED = (
    "INSERT INTO galope.score_history (lead_id, scored_at, cause, score_after, status,"
    " probability, points, model_version) SELECT id, now(), $1, 50, 'AQUECENDO', 0.5, '[]', 0"
    " FROM leads"
)


@asynccontextmanager
async def listening(
    api: Served, last: int | None = None, **filters: Any
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Follow the live stream; begins once it is heard."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with api.client.stream("GET", "/stream/leads", params=filters, headers=headers) as answer:
        assert answer.status_code == 200
        lines = answer.aiter_lines()
        while not (await anext(lines)).startswith("id: "):
            pass

        async def changes() -> AsyncIterator[dict[str, Any]]:
            async for line in lines:
                if line.startswith("data: "):
                    yield orjson.loads(line[6:])

        yield changes()


async def scored(database: str, cause: str) -> None:
    """Commit a rescore of every lead as the stream does, and say so."""
    await execute(database, SCORED, cause)
    await execute(database, "SELECT pg_notify('galope_scored', '')")


async def test_a_score_is_told_when_it_is_committed(api: Served, database: str) -> None:
    lead = await api.lead()
    async with child(database) as stream, listening(api, lead_id=lead["id"]) as changes:
        await stream.says("streaming")
        await api.client.post("/events", json={"lead_id": lead["id"], "event_type": "cta_click"})
        async for change in changes:
            if change["score"] == 25:
                break
    assert change["lead_id"] == lead["id"]
    assert (change["score"], change["status"], change["nome"]) == (25, "CURIOSO", "Ana Prado")
    stored = (await api.client.get(f"/leads/{lead['id']}")).json()
    assert stored["score"] == change["score"]


async def test_who_comes_back_misses_nothing(api: Served, database: str) -> None:
    await api.lead()
    await scored(database, "one")
    await scored(database, "two")
    async with listening(api, last=0) as changes:
        first = await anext(changes)
    await scored(database, "three")
    async with listening(api, last=first["id"]) as changes:
        rest = [await anext(changes), await anext(changes)]
    assert [first["cause"], *(one["cause"] for one in rest)] == ["one", "two", "three"]


async def test_who_comes_back_hears_nothing_of_who_was_erased(api: Served, database: str) -> None:
    gone, kept = await api.lead(nome="Some Gone"), await api.lead(nome="Some Kept")
    async with listening(api) as changes:
        await scored(database, "one")
        names = {(await anext(changes))["nome"], (await anext(changes))["nome"]}
    assert names == {"Some Gone", "Some Kept"}
    assert (await api.client.delete(f"/leads/{gone['id']}")).status_code == 200
    await scored(database, "two")
    async with listening(api, last=0) as changes:
        heard = [await anext(changes), await anext(changes)]
    assert [change["lead_id"] for change in heard] == [kept["id"]] * 2


async def test_every_process_tells_its_readers(api: Served, database: str) -> None:
    await api.lead()
    async with served(database) as other, listening(api) as here, listening(other) as there:
        await scored(database, "one")
        told = [await anext(here), await anext(there)]
        assert [change["cause"] for change in told] == ["one", "one"]
        # The other process may not have looked since: the row is there all the same.
        await scored(database, "two")
        async with listening(other, last=(await anext(here))["id"]) as back:
            await scored(database, "three")
            assert (await anext(back))["cause"] == "three"


async def test_readers_hear_on_after_galope_was_installed_anew(
    api: Served, database: str, connection: Connection
) -> None:
    await api.lead()
    async with listening(api) as changes:
        for cause in ("one", "two", "three"):
            await scored(database, cause)
            assert (await anext(changes))["cause"] == cause
        await uninstall(connection)
        # Whoever looks now finds no score history.
        await connection.execute("SELECT pg_notify('galope_scored', '')")
        await install(connection)
        # As many rows as there were: the newest number says nothing.
        for cause in ("four", "five", "six", "seven"):
            await execute(database, SCORED, cause)
        await connection.execute("SELECT pg_notify('galope_scored', '')")
        heard = [(await anext(changes))["cause"] for _ in range(4)]
    assert heard == ["four", "five", "six", "seven"]


async def test_readers_hear_on_after_a_restore(
    api: Served, database: str, connection: Connection
) -> None:
    await api.lead()
    async with listening(api) as changes:
        for cause in ("kept", "lost", "lost too"):
            await scored(database, cause)
            assert (await anext(changes))["cause"] == cause
        await connection.execute(
            "DELETE FROM galope.score_history WHERE cause LIKE 'lost%';"
            "SELECT setval('galope.score_history_id_seq', 1)"
        )
        await scored(database, "new")
        assert (await anext(changes))["cause"] == "new"


async def test_who_comes_back_from_a_history_that_is_gone_is_told_all(
    api: Served, database: str
) -> None:
    await api.lead()
    await scored(database, "one")
    async with listening(api, last=5_000) as changes:
        assert (await anext(changes))["cause"] == "one"
        await scored(database, "two")
        assert (await anext(changes))["cause"] == "two"


async def test_who_comes_back_gets_past_leads_that_were_erased(
    api: Served, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_changes, "PAGE", 2)
    gone, kept = await api.lead(nome="Some Gone"), await api.lead(nome="Some Kept")
    one = f"{SCORED} WHERE id = '%s'"
    for lead in (gone, gone, gone, kept):
        await execute(database, one % lead["id"], "one")
    # Until a stream runs, what there was of the lead is still there.
    await execute(database, f"DELETE FROM leads WHERE id = '{gone['id']}'")
    async with listening(api, last=0) as changes:
        assert (await anext(changes))["lead_id"] == kept["id"]


@pytest.mark.parametrize("last", ["1" * 5000, "-1", "x", "²"])
async def test_what_is_no_row_is_refused(api: Served, last: str) -> None:
    headers = [(b"last-event-id", last.encode())]
    answer = await api.client.get("/stream/leads", headers=headers)
    assert answer.status_code == 400


async def test_an_api_that_came_later_reads_what_was_before(database: str) -> None:
    async with served(database) as api:
        await api.lead()
    await scored(database, "before")
    async with served(database) as api, listening(api, last=0) as changes:
        assert (await anext(changes))["cause"] == "before"


@pytest.mark.parametrize(
    ("filters", "heard"),
    [
        ({"uf": "MG"}, True),
        ({"uf": "SP"}, False),
        ({"status": "AQUECENDO", "minScore": "50", "segment": "CAVALOS"}, True),
        ({"minScore": "51"}, False),
        ({"segment": "EVENTOS"}, False),
        ({"status": "CURIOSO"}, False),
    ],
)
async def test_only_what_is_asked_for_is_told(
    api: Served, database: str, filters: dict[str, str], heard: bool
) -> None:
    await api.lead()
    async with listening(api, None, **filters) as some, listening(api) as everything:
        await scored(database, "first")
        assert (await anext(everything))["cause"] == "first"
        await execute(
            database,
            "UPDATE leads SET uf = 'SP', segmento_interesse = 'EVENTOS'",
        )
        await execute(database, SCORED.replace("50, 'AQUECENDO'", "60, 'CURIOSO'"), "second")
        await execute(database, "SELECT pg_notify('galope_scored', '')")
        assert (await anext(some))["cause"] == ("first" if heard else "second")


async def test_the_silent_line_beats(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)
    async with api.client.stream("GET", "/stream/leads") as answer:
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                return
    pytest.fail("the stream ended")


async def test_a_reader_that_does_not_read_is_dropped(
    api: Served, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SLOW", 0.1)
    await api.lead(nome="A" * 300)
    url = api.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=1_000)
    writer.write(b"GET /stream/leads?uf=MG HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"id: ")
    async with listening(api) as changes:
        dropped = False
        while not dropped:
            # Each adds half a megabyte that the other does not take.
            await execute(database, SCORED + " CROSS JOIN generate_series(1, 1000)", "flood")
            await execute(database, "SELECT pg_notify('galope_scored', '')")
            for _ in range(1_000):
                await anext(changes)
            said = (await api.client.get("/metrics")).text
            dropped = "galope_sse_readers 1.0" in said
    writer.close()


@pytest.mark.parametrize("last", ["x", "-1", "1.5"])
async def test_a_senseless_place_is_refused(api: Served, last: str) -> None:
    answer = await api.client.get("/stream/leads", headers={"Last-Event-ID": last})
    assert answer.status_code == 400
