"""The stream's real parts moved by hand, and what it must come to: a replay of the rows."""

from __future__ import annotations

import json
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from math import floor
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from bench.testbed import QUERIES as BENCH
from domain.catalogue import catalogue
from domain.directions import FREE
from domain.features import features
from domain.grouping import Grouping
from domain.policy import OURS
from domain.profile import is_sent, profile_of
from domain.scoring import score_lead
from domain.state import LeadState
from online_models.day_zero import day_zero
from postgres.connect import OWN, connect
from postgres.model_registry import load_learner
from postgres.policy import policy_now
from postgres.statements import QUERIES
from stream.announcer import Announcer
from stream.cache import Cache
from stream.commit import Committer
from stream.consumer import Consumer, Pace
from stream.listener import Poller
from stream.model_in_use import ModelInUse
from stream.reads import Reads
from stream.scorer import Scorer
from stream.trainer import Trained
from stream.writeback import Writeback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from uuid import UUID

    from domain.rhythm import Rhythm
    from domain.scorecard import Scorecard
    from domain.state import Tally
    from postgres.connect import Connection
    from stream.batch import Batch
    from stream.consumer import Wake

YEAR_2000 = 946_684_800.0
DAY = 86_400.0


ALL_COUNTED = """
    SELECT NOT EXISTS (
        SELECT FROM (SELECT lead_id, count(*) AS happened FROM events GROUP BY lead_id) AS e
        LEFT JOIN galope.lead_state AS s USING (lead_id)
        LEFT JOIN LATERAL (
            SELECT sum((tally.value ->> 0)::int) AS folded
            FROM json_each(s.state -> 'tallies') AS tally
        ) AS f ON true
        WHERE folded IS DISTINCT FROM happened
    )
"""
"""Whether every event is in its lead's state, as many times as there are."""


@dataclass(slots=True)
class Clock:
    """Wall time that a test can move on."""

    ahead: float = 0.0
    """Seconds ahead of the system's clock."""

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(slots=True)
class Stream:
    """One consumer and its parts, as ``stream.__main__`` wires them."""

    reads: Reads
    committer: Committer
    model: ModelInUse
    consumer: Consumer
    reader: Connection
    writer: Connection
    clock: Clock

    async def commit(self, batch: Batch) -> None:
        """Commit a batch that teaches nothing."""
        batch.publish(scored=True)
        async with self.committer.commit(batch, self.model.card, self.model.head.name) as commit:
            await commit.finish(Trained(self.model.card.version))

    async def drain(self) -> None:
        """Take what there is until there is nothing, twice: a full last page hides what follows."""
        while await self.consumer.step() or await self.consumer.step():
            pass

    async def tick(self) -> None:
        """Let the time come for what no change brings, and take it."""
        self.clock.ahead += 2.0
        await self.drain()


@dataclass(frozen=True, slots=True)
class How:
    """How a stream is put together, where it matters to a test."""

    batch: int = 20_000
    leads: int = 25_000
    cached: int = 100_000
    rotate_bytes: int = 2**40
    by_event_time: bool = False
    language: str = "en"
    clock: Clock = field(default_factory=Clock)
    wake: Wake | None = None
    wrap: Callable[[Connection], Connection] = lambda connection: connection


@asynccontextmanager
async def streaming(dsn: str, how: How | None = None) -> AsyncIterator[Stream]:
    """Put a stream together over connections of its own, cut off at the end as by a kill."""
    how = how or How()
    reader, writer, announcing = [await connect(dsn, "test", OWN) for _ in range(3)]
    consumer: Consumer | None = None
    try:
        committer = await Committer.open(how.wrap(writer))
        model = await ModelInUse.open(how.wrap(reader), OURS)
        reads = Reads(how.wrap(reader))
        scorer = Scorer(
            reads,
            Cache(how.cached),
            model.policy,
            Writeback(catalogue(how.language), ZoneInfo("America/Sao_Paulo")),
            how.clock,
            by_event_time=how.by_event_time,
        )
        consumer = Consumer(
            reads,
            committer,
            scorer,
            model,
            how.wake or Poller(),
            announcer=Announcer(announcing),
            pace=Pace(how.batch, how.leads, rotate_bytes=how.rotate_bytes),
        )
        await consumer.start()
        yield Stream(reads, committer, model, consumer, reader, writer, how.clock)
    finally:
        reader.terminate()
        writer.terminate()
        announcing.terminate()
        if consumer is not None:
            with suppress(Exception):  # what was being written died with its connection
                await consumer.finish()


def send_in_pieces(monkeypatch: pytest.MonkeyPatch, leads: int) -> None:
    """Have batches sent in pieces of so few leads, while the rest is being scored."""
    monkeypatch.setattr("stream.commit.SLICE", leads)
    monkeypatch.setattr("stream.scorer.YIELD_EVERY", 1)


async def decide(connection: Connection, **decided: Any) -> None:
    """Decide as the API does."""
    async with connection.transaction():
        await connection.execute(BENCH["decide"], json.dumps(decided))
        await connection.execute(QUERIES["ask_for_rebuild"])


async def drained(dsn: str, how: How | None = None) -> None:
    """Run a stream of its own until there is nothing left to take."""
    async with streaming(dsn, how) as stream:
        await stream.drain()


async def new_lead(connection: Connection, name: str = "Ana", **columns: Any) -> UUID:
    """Insert a lead and return its id."""
    columns = {"nome": name, "segmento_interesse": "CAVALOS", **columns}
    lead_id: UUID = await connection.fetchval(
        f"INSERT INTO leads ({', '.join(columns)}) "
        f"VALUES ({', '.join(f'${n}' for n in range(1, len(columns) + 1))}) RETURNING id",
        *columns.values(),
    )
    return lead_id


async def new_event(
    connection: Connection, lead_id: UUID, event_type: str = "page_view", ago: float = 0.0
) -> UUID:
    """Insert an event that happened `ago` seconds before now, and return its id."""
    event_id: UUID = await connection.fetchval(
        "INSERT INTO events (lead_id, event_type, ts) "
        "VALUES ($1, $2, now() - make_interval(secs => $3)) RETURNING id",
        lead_id,
        event_type,
        ago,
    )
    return event_id


async def replayed(connection: Connection) -> dict[UUID, LeadState]:
    """Return every lead's state as the rows alone say it, folded in order of time."""
    now = time.time()
    states: dict[UUID, LeadState] = {}
    for row in await connection.fetch(
        "SELECT id, to_jsonb(leads) AS profile, "
        "extract(epoch FROM created_at)::float8 AS created_at FROM leads"
    ):
        profile = json.loads(row["profile"], parse_int=float)
        states[row["id"]] = LeadState(
            min(max(row["created_at"], YEAR_2000), now), profile_of(profile), is_sent(profile)
        )
    for row in await connection.fetch(
        "SELECT lead_id, event_type, metadata ->> 'to_stage' AS to_stage, "
        "extract(epoch FROM ts)::float8 AS at FROM events ORDER BY ts"
    ):
        if row["at"] is None or not YEAR_2000 <= row["at"] <= now + DAY:
            continue
        kind = row["event_type"][:100]
        if kind == "crm_manual_move":
            kind = f"{kind}:{(row['to_stage'] or 'unknown')[:20].upper()}"
        if row["lead_id"] in states:
            states[row["lead_id"]].fold(kind, row["at"])
    return states


async def stored(connection: Connection) -> dict[UUID, LeadState]:
    """Return every lead's state as the stream keeps it."""
    rows = await connection.fetch("SELECT lead_id, state FROM galope.lead_state")
    return {row["lead_id"]: LeadState.from_json(orjson.loads(row["state"])) for row in rows}


def comparable(state: LeadState) -> dict[str, Any]:
    """Return a state as values that compare to 1e-9."""
    return {
        "created_at": state.created_at,
        "profile": state.profile,
        "sent": state.sent,
        "moved": state.moved,
        "count": state.count,
        "last": state.last,
        "tallies": {kind: _tally(tally) for kind, tally in sorted(state.tallies.items())},
        "labels": state.labels,
        "amounts": (
            state.amounts.count,
            state.amounts.hundredths,
            state.amounts.last,
            pytest.approx(state.amounts.decayed, rel=1e-9, abs=1e-9),
            state.amounts.returned,
            *_rhythm(state.amounts.purchases),
        ),
    }


def _rhythm(purchases: Rhythm | None) -> list[Any]:
    if purchases is None:
        return []
    counts = [pytest.approx(count, rel=1e-9) for count in purchases.decayed]
    return [purchases.count, purchases.first, purchases.last, *counts]


def _tally(tally: Tally) -> tuple[int, float, float, float | None, Any]:
    return (
        tally.count,
        tally.first,
        tally.last,
        tally.previous,
        pytest.approx(tally.decayed, rel=1e-9),
    )


async def fit_groups(connection: Connection, numbers: tuple[int, int]) -> None:
    """Keep two groups: leads that clicked, by whichever number comes last, and others."""
    by_clicks = {"event:cta_click|count": (0.0, 1.0)}
    grouping = Grouping(0, numbers, (0.0, -0.5), by_clicks, FREE)
    await connection.execute(
        "INSERT INTO galope.grouping (kind, model, groups, stability)"
        " VALUES ('leads', $1, '[]', 1)",
        json.dumps(grouping.to_json()),
    )


async def assert_equals_replay(connection: Connection) -> None:
    """Fail unless states, scores, reasons and groups are what a replay of the rows comes to."""
    expected, found = await replayed(connection), await stored(connection)
    assert {lead: comparable(state) for lead, state in found.items()} == {
        lead: comparable(state) for lead, state in expected.items()
    }
    card = day_zero().scorecard(0)
    for row in await connection.fetch(
        "SELECT l.id, l.score, l.score_probability, l.score_motivos, s.score AS kept, "
        "extract(epoch FROM l.score_scored_at)::float8 AS at "
        "FROM leads l LEFT JOIN galope.lead_state s ON s.lead_id = l.id"
    ):
        scored = score_lead(expected[row["id"]], card, row["at"])
        assert (row["score"], row["kept"]) == (scored.score, scored.score)
        assert row["score_probability"] == pytest.approx(scored.propensity, abs=1e-9)
        reasons = orjson.loads(row["score_motivos"])
        assert sum(reason["impacto"] for reason in reasons) == row["score"]
    await _assert_heads_equal_replay(connection, expected)
    await _assert_groups_equal_replay(connection, expected)


async def _assert_groups_equal_replay(
    connection: Connection, expected: Mapping[UUID, LeadState]
) -> None:
    """Fail unless every lead, and nobody else, is in the group that a replay puts it into."""
    number = await connection.fetchval(QUERIES["grouping_number"])
    if number is None:
        return
    model = await connection.fetchval(QUERIES["grouping_model"], number)
    grouping, now = Grouping.from_json(number, orjson.loads(model)), time.time()
    found = await connection.fetch("SELECT lead_id, number FROM galope.lead_group")
    assert {row["lead_id"]: row["number"] for row in found} == {
        lead: grouping.group_of(state, now) for lead, state in expected.items()
    }


async def other_cards(connection: Connection) -> dict[str, Scorecard]:
    """Return the scorecards of the heads beside the primary one that have a model."""
    policy = await policy_now(connection, OURS)
    found = {}
    for head in policy.others:
        version, learner = await load_learner(connection, policy.asking(head.name))
        if version:
            found[head.name] = learner.scorecard(version)
    return found


async def _assert_heads_equal_replay(
    connection: Connection, expected: Mapping[UUID, LeadState]
) -> None:
    """Fail unless what the heads beside the primary one say is what a replay comes to."""
    cards = await other_cards(connection)
    rows = await connection.fetch(
        "SELECT *, extract(epoch FROM scored_at)::float8 AS at FROM galope.score WHERE head <> ''"
    )
    assert sorted((row["lead_id"], row["head"]) for row in rows) == sorted(
        (lead, head) for lead in expected for head in cards
    )
    for row in rows:
        state, card = expected[row["lead_id"]], cards[row["head"]]
        points = card.points(features(state, row["at"], card.directions))
        assert row["model_version"] == card.version
        assert row["score"] == min(max(floor(points.total + 0.5), 0), 100)
        assert row["probability"] == pytest.approx(points.propensity, abs=1e-9)
        told = dict(orjson.loads(row["reasons"]))
        assert told == pytest.approx({**points.by_signal, "start": points.start}, abs=1e-9)


async def assert_history_continues(connection: Connection) -> None:
    """Fail unless each head's history of each lead is one chain from nothing to today's score."""
    for row in await connection.fetch(
        "SELECT lead_id, head, array_agg(score_before ORDER BY id) AS before, array_agg(score_after"
        " ORDER BY id) AS after FROM galope.score_history GROUP BY lead_id, head"
    ):
        assert row["before"] == [None, *row["after"][:-1]]
        now = await connection.fetchval(
            "SELECT score FROM galope.score WHERE lead_id = $1 AND head = $2 UNION ALL "
            "SELECT score FROM leads WHERE id = $1 AND $2 = ''",
            row["lead_id"],
            row["head"],
        )
        assert row["after"][-1] == now
        steps = zip(row["before"], row["after"], strict=True)
        assert row["head"] == "" or all(before != after for before, after in steps)
