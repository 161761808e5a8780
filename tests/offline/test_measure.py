"""Measures of what was said before outcomes were known, and what they are worth."""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.heads import declare, others
from bench.testbed import QUERIES as BENCH
from domain.heads import QUALIFY
from domain.scorecard import Scale
from offline.measure import (
    CHAMPION,
    FEWEST,
    SHIFTED,
    by_band,
    error_changed_at,
    main,
    measure,
    show,
    stability,
)
from online_models.learner import CONTENDERS
from tests.stream.replay import DAY, drained, new_event, new_lead, streaming

if TYPE_CHECKING:
    from postgres.connect import Connection

OPEN = (
    "SELECT count(*) FROM galope.question"
    " WHERE converted IS NULL AND matures_at <= to_timestamp($1)"
)


def test_bands_tell_what_really_converted() -> None:
    scale = Scale(0.2, 0.5)
    p = np.array([0.1, 0.1, 0.3, 0.6, 0.6, 0.6, 0.6])
    y = np.array([False, False, True, True, True, True, False])
    assert by_band(y, p, scale) == {
        "CURIOSO": {"examples": 2, "said": pytest.approx(0.1), "converted": 0.0},
        "AQUECENDO": {"examples": 1, "said": pytest.approx(0.3), "converted": 1.0},
        "QUALIFICADO": {"examples": 4, "said": pytest.approx(0.6), "converted": 0.75},
    }


def test_what_shifts_is_named_first_and_what_does_not_is_quiet() -> None:
    chance = random.Random(3)  # noqa: S311 - repeatable
    before = [{"visits": chance.random(), "budget": chance.random()} for _ in range(2_000)]
    after = [{"visits": chance.random(), "budget": 1 + chance.random()} for _ in range(2_000)]
    found = stability(before, after)
    assert next(iter(found)) == "budget"
    assert found["budget"] > SHIFTED > 0.02 > found["visits"] >= 0


def test_a_feature_that_appears_has_shifted() -> None:
    assert stability([{}] * 100, [{"new": 1.0}] * 100)["new"] > SHIFTED


def test_the_error_changes_when_it_does_and_not_before() -> None:
    chance = random.Random(5)  # noqa: S311 - repeatable
    steady = [chance.random() * 0.2 for _ in range(1_000)]
    worse = [0.5 + chance.random() * 0.2 for _ in range(500)]
    times = [float(second) for second in range(1_500)]
    assert error_changed_at(steady, times[:1_000]) is None
    changed = error_changed_at(steady + worse, times)
    assert changed is not None
    assert 1_000 <= changed < 1_100


async def test_a_model_is_measured_on_leads_whose_age_has_spoken(
    database: str, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    leads = [await new_lead(connection, prazo_compra="7d") for _ in range(FEWEST + 10)]
    await drained(database)
    show(await measure(connection, QUALIFY, time.time()))
    assert "Nothing to measure yet" in capsys.readouterr().out
    async with streaming(database) as stream:
        for number, lead in enumerate(leads):
            await new_event(connection, lead, "cta_click" if number % 2 else "page_view", ago=60)
        await stream.drain()
        for number, lead in enumerate(leads):
            if number % 2:
                await new_event(connection, lead, "handoff")
        await stream.drain()
        assert await measure(connection, QUALIFY, time.time()) == []
        stream.clock.ahead = 31 * DAY
        await stream.drain()
    stored = await measure(connection, QUALIFY, time.time())
    assert [one["contender"] for one in stored] == [CHAMPION, *CONTENDERS]
    shown = stored[0]["metrics"]
    assert (shown["auc"], shown["leads"], shown["base_rate"]) == (1.0, len(leads), 0.5)
    assert sum(band["examples"] for band in shown["by_band"].values()) == len(leads)
    rows = await connection.fetch("SELECT * FROM galope.model_metric ORDER BY id")
    kept = json.loads(json.dumps([one["metrics"] for one in stored]))
    assert [json.loads(row["metrics"]) for row in rows] == kept
    show(stored)
    assert "1.000" in capsys.readouterr().out


async def test_a_head_beside_the_primary_one_is_measured_on_its_questions(
    database: str, connection: Connection
) -> None:
    await declare(connection, BENCH["decide"], 1)
    (head,) = others(1)
    known = datetime.now(UTC) - timedelta(days=10)  # so long that a slow machine adds nothing to it
    leads = [await new_lead(connection, created_at=known) for _ in range(FEWEST + 10)]
    async with streaming(database) as stream:
        await stream.drain()
        await connection.execute("DELETE FROM galope.question")
        for number, lead in enumerate(leads):
            await new_event(connection, lead, "cta_click" if number % 2 else "page_view", ago=60)
        await stream.drain()
        for number, lead in enumerate(leads):
            if number % 2:
                await new_event(connection, lead, "budget_confirmed")
        await stream.drain()
        assert await measure(connection, head, time.time()) == []
        stream.clock.ahead = 91 * DAY
        while await connection.fetchval(OPEN, stream.clock()):
            await stream.tick()
    stored = await measure(connection, head, stream.clock())
    assert [one["contender"] for one in stored] == [CHAMPION, *CONTENDERS]
    shown = stored[0]["metrics"]
    assert (shown["leads"], shown["base_rate"]) == (len(leads), 0.5)
    assert shown["auc"] > 0.9
    versions = {one["version"] for one in await measure(connection, QUALIFY, stream.clock())}
    assert versions == {0}


def test_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "--days" in capsys.readouterr().out
