from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import numpy as np
import pytest

from demo import fire, live
from demo.fire import DemoLead, EventLoad, arguments, demo_leads, run
from demo.live import DemoSession, HttpSender, SqlSender, create, ensure_streaming, watching
from demo.population import Profile
from demo.seed import Plan
from demo.seed import run as seed
from postgres.connect import LOST
from postgres.errors import GalopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from demo.live import ScoredEvent, Sender
    from postgres.connect import Connection
    from postgres.settings import Settings

ANA = Profile("Ana Prado", "+55 00 900000001", None, "MG", "Lavras", "CAVALOS", "5k-20k", "30d")


class Api:
    """A tiny API: keeps what is posted, and passes it on or refuses it."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.pass_on: Callable[[dict[str, Any]], None] = lambda _: None
        self.status = 200
        self.url = ""


@pytest.fixture
def api() -> Iterator[Api]:
    double = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            double.posted.append((self.path, body))
            if double.status < 400:
                double.pass_on(body)
            answer = b'{"error": "lead_id is required"}'
            self.send_response(double.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as port:
        double.url = f"http://127.0.0.1:{port}"
        yield double


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def printed(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def send(session: DemoSession, sender: Sender, event_type: str) -> ScoredEvent:
    lead_id = await create(session.connection, ANA)
    await session.watcher.first_score(lead_id)
    return await session.watcher.send(sender, lead_id, event_type)


async def test_a_shot_by_sql_brings_its_score(session: DemoSession) -> None:
    event = await send(session, session.sender, "hook_complete")
    assert (event.before, event.after) == (27, 42)
    assert (event.status, event.stage) == ("AQUECENDO", "AQUECENDO")
    assert sum(line.points for line in event.reasons) == event.after
    assert event.action.endswith("por WhatsApp")
    assert event.freshness_ms > 0


async def test_a_shot_is_recorded_as_the_demos(session: DemoSession) -> None:
    event = await send(session, session.sender, "cta_click")
    row = await session.connection.fetchrow(
        "SELECT event_type, metadata FROM events WHERE lead_id = $1", event.lead_id
    )
    assert row is not None
    assert tuple(row) == ("cta_click", '{"source": "demo.fire"}')


async def test_a_shot_by_url_posts_the_event(session: DemoSession, api: Api) -> None:
    loop = asyncio.get_running_loop()

    def insert(body: dict[str, Any]) -> None:
        inserting = session.sender.send(UUID(body["lead_id"]), body["event_type"])
        asyncio.run_coroutine_threadsafe(inserting, loop).result()

    api.pass_on = insert
    event = await send(session, HttpSender(f"{api.url}/"), "hook_complete")
    assert event.after == 42
    assert api.posted == [
        (
            "/events",
            {
                "lead_id": str(event.lead_id),
                "event_type": "hook_complete",
                "metadata": {"source": "demo.fire"},
            },
        )
    ]


async def test_what_the_api_says_is_passed_on(api: Api) -> None:
    api.status = 400
    with pytest.raises(GalopeError, match=r"refused with 400: .*lead_id is required"):
        await HttpSender(api.url).send(uuid4(), "page_view")


async def test_a_missing_api_is_one_sentence() -> None:
    with pytest.raises(GalopeError, match="No API answers at"):
        await HttpSender("http://127.0.0.1:1").send(uuid4(), "page_view")


async def test_a_failed_shot_is_forgotten(session: DemoSession) -> None:
    lead_id = await create(session.connection, ANA)
    await session.watcher.first_score(lead_id)
    with pytest.raises(GalopeError):
        await session.watcher.send(HttpSender("http://127.0.0.1:1"), lead_id, "page_view")
    assert (await session.watcher.send(session.sender, lead_id, "hook_complete")).after == 42


async def test_a_score_that_does_not_come_is_said(
    settings: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SCORE_TIMEOUT_S", 0.05)
    lead_id = await create(connection, ANA)
    listening = await asyncpg.connect(settings.database_url)
    async with watching(listening) as watcher:
        with pytest.raises(GalopeError, match="No score for page_view of lead"):
            await watcher.send(SqlSender(connection), lead_id, "page_view")
    listening.terminate()


async def test_a_lost_connection_ends_the_wait(settings: Settings, connection: Connection) -> None:
    lead_id = await create(connection, ANA)
    listening = await asyncpg.connect(settings.database_url)
    async with watching(listening) as watcher:
        waiting = asyncio.create_task(watcher.first_score(lead_id))
        await asyncio.sleep(0)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(LOST):
            await waiting


async def test_a_connection_lost_before_is_said_at_once(
    settings: Settings, connection: Connection
) -> None:
    listening = await asyncpg.connect(settings.database_url)
    async with watching(listening) as watcher:
        await listening.close()
        with pytest.raises(ConnectionError, match="closed"):
            await watcher.first_score(await create(connection, ANA))


async def test_a_volley_keeps_to_its_rate(session: DemoSession) -> None:
    leads = await demo_leads(session, None, seed=1)
    scored = await EventLoad(session, leads, np.random.default_rng(1)).play(rate=20, seconds=0.5)
    assert 1 <= len(scored) <= 10
    events = await session.connection.fetchval("SELECT count(*) FROM events")
    assert events == len(scored)
    assert {event.lead_id for event in scored} <= {lead.lead_id for lead in leads}


async def test_a_volley_faster_than_the_stream_fires_what_can_be_scored(
    session: DemoSession,
) -> None:
    leads = await demo_leads(session, None, seed=1)
    scored = await EventLoad(session, leads, np.random.default_rng(1)).play(
        rate=20_000, seconds=0.2
    )
    assert 0 < len(scored) < 4000


async def test_players_are_open_demo_leads(session: DemoSession, streaming: str) -> None:
    now = await session.connection.fetchval("SELECT extract(epoch FROM now())::float8")
    await seed(streaming, Plan(60, 0, 40, 5, now), if_empty=False, replace=False)
    newest = "SELECT id FROM leads ORDER BY created_at DESC LIMIT 1"
    await session.watcher.first_score(await session.connection.fetchval(newest))
    leads = await demo_leads(session, None, seed=1)
    assert len({lead.lead_id for lead in leads}) == fire.LEADS_SHOWN
    assert not any(lead.done & {"handoff", "lost_interest"} for lead in leads)


async def test_a_named_lead_is_the_only_player(session: DemoSession) -> None:
    lead_id = (await send(session, session.sender, "cta_click")).lead_id
    assert await demo_leads(session, lead_id, seed=1) == [DemoLead(lead_id, {"cta_click"})]


async def test_an_unknown_lead_is_said(session: DemoSession) -> None:
    with pytest.raises(GalopeError, match="There is no lead"):
        await demo_leads(session, uuid4(), seed=1)


def test_a_player_does_things_in_an_order_that_makes_sense() -> None:
    lead, rng, seen = DemoLead(uuid4(), set()), np.random.default_rng(2), list[str]()
    for _ in range(200):
        seen.append(lead.next_event(rng))
    for late, early in fire.ONLY_AFTER.items():
        assert seen.index(early) < seen.index(late)
    assert all(seen.count(kind) == 1 for kind in set(seen) - fire.OFTEN)


async def test_all_of_it_together(streaming: str, pipe: Console) -> None:
    assert streaming
    await run(arguments(["--rate", "20", "--seconds", "0.3", "--seed", "4"]), pipe)
    assert "Freshness p50" in printed(pipe)
    assert "(event sent → new score read)" in printed(pipe)


async def test_a_stream_that_never_ran_is_said(connection: Connection) -> None:
    with pytest.raises(GalopeError, match=r"never run .* python -m stream"):
        await ensure_streaming(connection)


@pytest.mark.parametrize(
    ("age", "said"), [("12 seconds", "12 seconds"), ("3 minutes", "3 minutes"), ("1 day", "1 day")]
)
async def test_a_stream_that_stopped_is_said(connection: Connection, age: str, said: str) -> None:
    await connection.execute(
        "INSERT INTO galope.cursor (snapshot, system_identifier, heartbeat_at)"
        f" VALUES (pg_current_snapshot(), 1, now() - interval '{age}')"
    )
    with pytest.raises(GalopeError, match=f"not running: .* {said} ago. .*python -m stream"):
        await ensure_streaming(connection)


async def test_a_database_without_galope_is_said(empty_database: str) -> None:
    bare = await asyncpg.connect(empty_database)
    with pytest.raises(GalopeError, match="--install"):
        await ensure_streaming(bare)
    await bare.close()


def test_errors_are_one_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert fire.main(["--tour"]) == 1
    assert capsys.readouterr().err == (
        "No Postgres answers for nowhere at 127.0.0.1:1. Start it, or correct DATABASE_URL.\n"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rate", "0"],
        ["--seconds", "inf"],
        ["--url", "ftp://x"],
        ["--lead", "7"],
        ["--seed", "-1"],
    ],
)
def test_wrong_arguments_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(wrong)
