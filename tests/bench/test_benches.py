"""Each bench at a tiny size: it runs, says what it promises, and leaves nothing behind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import asyncpg
import pytest

from bench import (
    alerts,
    api,
    chaos,
    latency,
    learning,
    matching,
    producers,
    readers,
    rebuild,
    sense,
    throughput,
    webhooks,
)
from bench.testbed import database
from bench.testbed import testbed as standing
from postgres.watched import make_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Main = Callable[[Sequence[str]], int]

BENCHES = [
    (
        latency.main,
        ["--rate", "50", "--seconds", "3", "--leads", "200"],
        {"p50_ms", "p99_ms", "floor_p50_ms", "ratio_p50"},
    ),
    (
        throughput.main,
        ["--events", "500", "--leads", "50"],
        {"events_per_s", "peak_rss_mb"},
    ),
    (
        throughput.main,
        ["--events", "500", "--leads", "50", "--draw", "10"],
        {"events_per_s", "peak_rss_mb"},
    ),
    (
        latency.main,
        ["--rate", "50", "--seconds", "3", "--leads", "200", "--heads", "3"],
        {"p50_ms", "p99_ms", "floor_p50_ms", "ratio_p50"},
    ),
    (
        throughput.main,
        ["--events", "500", "--leads", "50", "--heads", "3"],
        {"events_per_s", "peak_rss_mb"},
    ),
    (
        producers.main,
        ["--clients", "2", "--seconds", "3", "--rounds", "1", "--leads", "50"],
        {"tps_bare", "tps_triggers", "tps_live", "ratio_triggers", "ratio_live", "lag_after_s"},
    ),
    (
        alerts.main,
        ["--rate", "50", "--seconds", "3", "--leads", "400", "--customers", "250"],
        {"p50_ms", "p99_ms", "leaving_base", "leaving_top5", "capture_base", "capture_top5"},
    ),
    (rebuild.main, ["--events", "500"], {"events_per_s"}),
    (
        matching.main,
        ["--partners", "300", "--queries", "20"],
        {"p50_ms", "p95_ms", "floor_p50_ms", "ratio_p50", "index_s", "change_ms"},
    ),
    (
        api.main,
        ["--leads", "300", "--connections", "2", "--seconds", "1"],
        {"events_per_s", "live_p50_ms", "live_p99_ms", "leads_page_p95_ms", "board_page_p95_ms"},
    ),
    (
        readers.main,
        ["--readers", "3", "--rate", "50", "--seconds", "3", "--rounds", "1", "--leads", "200"],
        {"p50_alone_ms", "p50_ms", "p99_ms", "ratio_p50", "delivered"},
    ),
    (
        learning.main,
        [
            *("--taught", "200", "--test", "150", "--outcomes", "300", "--leads", "600"),
            *("--events", "400", "--kills", "1"),
        ],
        {
            "drift_gap",
            "turning_auc_champion",
            "stationary_ece",
            "chance_switches",
            "learn_us",
            "kills_survived",
        },
    ),
    (
        sense.main,
        ["--histories", "2", "--leads", "400", "--steps", "50"],
        {"violations", "violations_trained_events", "first_reason_share", "other_share"},
    ),
    (
        webhooks.main,
        ["--rate", "50", "--seconds", "3", "--rounds", "1", "--kills", "1", "--leads", "200"],
        {"ratio_p50", "events", "lost", "counted_twice", "out_of_order", "sent_again"},
    ),
    (chaos.main, ["--faults", "2", "--seed", "3"], {"lost", "twice", "mismatches"}),
    (
        chaos.main,
        ["--faults", "2", "--seed", "4", "--heads", "3"],
        {"lost", "twice", "mismatches"},
    ),
]
NAMES = [
    "latency",
    "throughput",
    "throughput while actions are drawn",
    "latency of three heads",
    "throughput of three heads",
    "producers",
    "alerts",
    "rebuild",
    "matching",
    "api",
    "readers",
    "learning",
    "sense",
    "webhooks",
    "chaos",
    "chaos of three heads",
]


@pytest.mark.timeout(300)  # behind the admin's tests there may be little of the machine left
@pytest.mark.parametrize(("main", "sizes", "promised"), BENCHES, ids=NAMES)
@pytest.mark.usefixtures("bench_server")
def test_it_ends_with_its_figures_as_json(
    main: Main, sizes: list[str], promised: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*sizes, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert promised <= figures.keys()
    assert all(value >= 0 for value in figures.values())


@pytest.mark.parametrize("main", [main for main, _, _ in BENCHES], ids=NAMES)
def test_it_explains_itself(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "--json" in capsys.readouterr().out


async def test_a_bench_works_in_a_database_of_its_own(bench_server: str) -> None:
    async with database() as dsn:
        connection = await asyncpg.connect(dsn)
        name = await connection.fetchval("SELECT current_database()")
        await connection.close()
    assert name not in bench_server
    connection = await asyncpg.connect(bench_server)
    assert not await connection.fetchval(
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name
    )
    await connection.close()


@pytest.mark.usefixtures("bench_server")
async def test_rows_from_before_are_no_reason_to_read_every_lead_anew() -> None:
    """A rebuild that began after a bench had waited for the states emptied them once."""
    async with standing(leads=3, events=9) as bench:
        assert await make_up(bench.connection) == []


@pytest.mark.postgres
async def test_without_an_address_it_starts_a_durable_postgres(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    async with database() as dsn:
        connection = await asyncpg.connect(dsn)
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW synchronous_commit") == "on"
        await connection.close()


def test_it_says_that_the_server_keeps_no_commit_times(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", server_dsn)
    assert rebuild.main(["--events", "10"]) == 1
    assert "track_commit_timestamp = on" in capsys.readouterr().err
