"""Other people's CRMs: installed beside, scored live, learned from, taken off again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from domain.policy import OURS
from offline.train import read_histories, store, train
from postgres.checks import check
from postgres.install import install, uninstall
from postgres.mapping import read_mapping
from postgres.policy import policy_now
from tests.postgres.crms import CRMS, Crm, everything
from tests.stream.replay import drained, streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres.connect import Connection


@pytest.fixture(params=sorted(CRMS))
def crm(request: pytest.FixtureRequest) -> Crm:
    """Each of the CRMs."""
    return CRMS[request.param]


@pytest_asyncio.fixture
async def theirs(empty_database: str, crm: Crm) -> AsyncIterator[Connection]:
    """The CRM's database, with a past."""
    connection = await asyncpg.connect(empty_database)
    await crm.make(connection)
    yield connection
    await connection.close()


async def states(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return the stored states, by the team's own keys."""
    rows = await connection.fetch(
        "SELECT key, state FROM galope.score JOIN galope.lead_state USING (lead_id)"
    )
    return {row["key"]: orjson.loads(row["state"]) for row in rows}


async def score_of(connection: Connection, key: str) -> int | None:
    """Return a subject's score, found as the team finds it."""
    score: int | None = await connection.fetchval(
        "SELECT score FROM galope.score WHERE key = $1", key
    )
    return score


async def test_every_row_is_folded(empty_database: str, theirs: Connection, crm: Crm) -> None:
    await install(theirs, read_mapping(crm.mapping))
    await check(theirs)
    await drained(empty_database)
    folded = await states(theirs)
    assert len(folded) == 240
    for key, happened in await theirs.fetch(crm.counts):
        tallies = folded[str(key)]["tallies"]
        assert sum(tally[0] for kind, tally in tallies.items() if ":" not in kind) == happened
    assert not await theirs.fetch("SELECT FROM galope.dead_letter")


async def test_nothing_personal_is_kept(empty_database: str, theirs: Connection, crm: Crm) -> None:
    await install(theirs, read_mapping(crm.mapping))
    await drained(empty_database)
    kept = str(await states(theirs))
    for personal in ("example.org", "Ana ", "Deal "):
        assert personal not in kept


async def test_what_happens_is_scored_live(
    empty_database: str, theirs: Connection, crm: Crm
) -> None:
    await install(theirs, read_mapping(crm.mapping))
    lost, forgotten = crm.key.format(1), crm.key.format(2)
    async with streaming(empty_database) as stream:
        await stream.drain()
        before = (await states(theirs))[forgotten]["count"]
        await theirs.execute(crm.message, forgotten)
        await theirs.execute(crm.win, forgotten)
        await stream.drain()
        state = (await states(theirs))[forgotten]
        assert state["count"] == before + 2
        assert crm.won in state["tallies"]
        await theirs.execute(crm.delete, lost)
        await stream.drain()
        assert await score_of(theirs, lost) is None
        await theirs.execute("INSERT INTO galope.change_log (kind) VALUES ('reset')")
        await stream.drain()
        await stream.drain()
        assert (await states(theirs))[forgotten]["tallies"] == state["tallies"]


async def test_what_became_of_them_is_learned(
    empty_database: str, theirs: Connection, crm: Crm
) -> None:
    await install(theirs, read_mapping(crm.mapping))
    policy = await policy_now(theirs, OURS)
    assert crm.won in policy.converts
    histories = await read_histories(theirs, policy.head, time.time(), frozenset())
    assert sum(bool(one.outcome and one.outcome.converted) for one in histories) == 80
    trained = train(histories, 100, policy=policy)
    assert trained.decision.promote
    await store(theirs, policy.head.name, trained)
    async with streaming(empty_database) as stream:
        await stream.drain()
        many, few = crm.key.format(3), crm.key.format(2)
        higher, lower = await score_of(theirs, many), await score_of(theirs, few)
    assert higher is not None
    assert lower is not None
    assert higher > lower


async def test_it_comes_off_whole(empty_database: str, theirs: Connection, crm: Crm) -> None:
    before = await everything(theirs)
    rows = await theirs.fetch(f"SELECT * FROM {crm.subjects} ORDER BY id")
    await install(theirs, read_mapping(crm.mapping))
    await drained(empty_database)
    assert await theirs.fetch(f"SELECT * FROM {crm.subjects} ORDER BY id") == rows
    await uninstall(theirs)
    assert await everything(theirs) == before
    await theirs.execute(crm.message, crm.key.format(1))
