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
import pytest_asyncio

from demo import fire, live
from demo.fire import TOUR, Player, Stage, Volley, arguments, create, players, run, tour
from demo.horses import Profile
from demo.live import HttpTrigger, SqlTrigger, make_sure_it_streams, watching
from demo.screen import PlainScreen
from demo.seed import Plan
from demo.seed import run as seed
from postgres.connect import LOST
from postgres.errors import GalopeError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from rich.console import Console

    from demo.live import Shot, Trigger
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


@pytest_asyncio.fixture
async def stage(streaming: str, connection: Connection, pipe: Console) -> AsyncIterator[Stage]:
    ears = await asyncpg.connect(streaming)
    async with watching(ears) as watch:
        yield Stage(connection, watch, SqlTrigger(connection), PlainScreen(pipe))
    ears.terminate()


def printed(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


async def shoot(stage: Stage, trigger: Trigger, event_type: str) -> Shot:
    lead_id = await create(stage.connection, ANA)
    await stage.watch.first_score(lead_id)
    return await stage.watch.shoot(trigger, lead_id, event_type)


async def test_a_shot_by_sql_brings_its_score(stage: Stage) -> None:
    shot = await shoot(stage, stage.trigger, "hook_complete")
    assert (shot.before, shot.after) == (27, 42)
    assert (shot.status, shot.stage) == ("AQUECENDO", "AQUECENDO")
    assert sum(line.points for line in shot.reasons) == shot.after
    assert shot.action.endswith("por WhatsApp")
    assert shot.freshness_ms > 0


async def test_a_shot_is_recorded_as_the_demos(stage: Stage) -> None:
    shot = await shoot(stage, stage.trigger, "cta_click")
    row = await stage.connection.fetchrow(
        "SELECT event_type, metadata FROM events WHERE lead_id = $1", shot.lead_id
    )
    assert row is not None
    assert tuple(row) == ("cta_click", '{"source": "demo.fire"}')


async def test_a_shot_by_url_posts_the_event(stage: Stage, api: Api) -> None:
    loop = asyncio.get_running_loop()

    def insert(body: dict[str, Any]) -> None:
        inserting = stage.trigger.fire(UUID(body["lead_id"]), body["event_type"])
        asyncio.run_coroutine_threadsafe(inserting, loop).result()

    api.pass_on = insert
    shot = await shoot(stage, HttpTrigger(f"{api.url}/"), "hook_complete")
    assert shot.after == 42
    assert api.posted == [
        (
            "/events",
            {
                "lead_id": str(shot.lead_id),
                "event_type": "hook_complete",
                "metadata": {"source": "demo.fire"},
            },
        )
    ]


async def test_what_the_api_says_is_passed_on(api: Api) -> None:
    api.status = 400
    with pytest.raises(GalopeError, match=r"refused with 400: .*lead_id is required"):
        await HttpTrigger(api.url).fire(uuid4(), "page_view")


async def test_a_missing_api_is_one_sentence() -> None:
    with pytest.raises(GalopeError, match="No API answers at"):
        await HttpTrigger("http://127.0.0.1:1").fire(uuid4(), "page_view")


async def test_a_failed_shot_is_forgotten(stage: Stage) -> None:
    lead_id = await create(stage.connection, ANA)
    await stage.watch.first_score(lead_id)
    with pytest.raises(GalopeError):
        await stage.watch.shoot(HttpTrigger("http://127.0.0.1:1"), lead_id, "page_view")
    assert (await stage.watch.shoot(stage.trigger, lead_id, "hook_complete")).after == 42


async def test_a_score_that_does_not_come_is_said(
    settings: Settings, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.05)
    lead_id = await create(connection, ANA)
    ears = await asyncpg.connect(settings.database_url)
    async with watching(ears) as watch:
        with pytest.raises(GalopeError, match="No score for page_view of lead"):
            await watch.shoot(SqlTrigger(connection), lead_id, "page_view")
    ears.terminate()


async def test_a_lost_connection_ends_the_wait(settings: Settings, connection: Connection) -> None:
    lead_id = await create(connection, ANA)
    ears = await asyncpg.connect(settings.database_url)
    async with watching(ears) as watch:
        waiting = asyncio.create_task(watch.first_score(lead_id))
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
    ears = await asyncpg.connect(settings.database_url)
    async with watching(ears) as watch:
        await ears.close()
        with pytest.raises(ConnectionError, match="closed"):
            await watch.first_score(await create(connection, ANA))


async def test_the_tour_qualifies_its_lead(stage: Stage, pipe: Console) -> None:
    shots = await tour(stage, pace=0)
    assert tuple(shot.event_type for shot in shots) == TOUR
    assert [shot.after for shot in shots] == [21, 21, 31, 46, 66, 74, 89, 99, 100]
    assert shots[-1].status == "QUALIFICADO"
    for shot in shots:
        assert sum(line.points for line in shot.reasons) == shot.after
    assert "Helena Prado Neves: cta_click: 46 → 66 AQUECENDO" in printed(pipe)
    stage.screen.summary(shots)
    assert "9 events  21 → 21 → 21 → 31 → 46 → 66 → 74 → 89 → 99 → 100  QUALIFICADO" in printed(
        pipe
    )
    assert "Freshness p50" in printed(pipe)


async def test_the_tour_can_be_stopped(stage: Stage) -> None:
    stage.stopping.set()
    assert await tour(stage) == []


async def test_a_volley_keeps_to_its_rate(stage: Stage) -> None:
    cast = await players(stage, None, seed=1)
    shots = await Volley(stage, cast, np.random.default_rng(1)).play(rate=20, seconds=0.5)
    assert 1 <= len(shots) <= 10
    events = await stage.connection.fetchval("SELECT count(*) FROM events")
    assert events == len(shots)
    assert {shot.lead_id for shot in shots} <= {player.lead_id for player in cast}


async def test_a_volley_faster_than_the_stream_fires_what_can_be_scored(stage: Stage) -> None:
    cast = await players(stage, None, seed=1)
    shots = await Volley(stage, cast, np.random.default_rng(1)).play(rate=20_000, seconds=0.2)
    assert 0 < len(shots) < 4000


async def test_players_are_open_demo_leads(stage: Stage, streaming: str) -> None:
    now = await stage.connection.fetchval("SELECT extract(epoch FROM now())::float8")
    await seed(streaming, Plan(60, 0, 40, 5, now), if_empty=False, replace=False)
    newest = "SELECT id FROM leads ORDER BY created_at DESC LIMIT 1"
    await stage.watch.first_score(await stage.connection.fetchval(newest))
    cast = await players(stage, None, seed=1)
    assert len({player.lead_id for player in cast}) == fire.CAST
    assert not any(player.done & {"handoff", "lost_interest"} for player in cast)


async def test_a_named_lead_is_the_only_player(stage: Stage) -> None:
    lead_id = (await shoot(stage, stage.trigger, "cta_click")).lead_id
    assert await players(stage, lead_id, seed=1) == [Player(lead_id, {"cta_click"})]


async def test_an_unknown_lead_is_said(stage: Stage) -> None:
    with pytest.raises(GalopeError, match="There is no lead"):
        await players(stage, uuid4(), seed=1)


def test_a_player_does_things_in_an_order_that_makes_sense() -> None:
    player, rng, seen = Player(uuid4(), set()), np.random.default_rng(2), list[str]()
    for _ in range(200):
        seen.append(player.next_event(rng))
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
        await make_sure_it_streams(connection)


@pytest.mark.parametrize(
    ("age", "said"), [("12 seconds", "12 seconds"), ("3 minutes", "3 minutes"), ("1 day", "1 day")]
)
async def test_a_stream_that_stopped_is_said(connection: Connection, age: str, said: str) -> None:
    await connection.execute(
        "INSERT INTO galope.cursor (snapshot, system_identifier, heartbeat_at)"
        f" VALUES (pg_current_snapshot(), 1, now() - interval '{age}')"
    )
    with pytest.raises(GalopeError, match=f"not running: .* {said} ago. .*python -m stream"):
        await make_sure_it_streams(connection)


async def test_a_database_without_galope_is_said(empty_database: str) -> None:
    bare = await asyncpg.connect(empty_database)
    with pytest.raises(GalopeError, match="--install"):
        await make_sure_it_streams(bare)
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
