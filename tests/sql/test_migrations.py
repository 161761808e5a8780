"""From every earlier release's schema to today's; what was kept goes on meaning the same."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from domain.features import HOURS_QUIET
from domain.profile import WRITTEN
from domain.scorecard import Scale
from online_models.learner import Learner
from online_models.model import Basis, LeadModel
from postgres.checks import check
from postgres.errors import GalopeError
from postgres.install import install, uninstall
from postgres.migrations import migrations
from postgres.statements import QUERIES, SQL
from tests.sql.existing import ROWS, TABLES
from tests.stream.replay import assert_equals_replay, drained, new_event, new_lead

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from postgres.connect import Connection

RELEASES = Path(__file__).with_name("releases")
"""By its last migration, each release's files as they were."""

SHAPE = """
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'galope')),
     mine AS (SELECT * FROM pg_class WHERE relnamespace IN (SELECT oid FROM ours))
SELECT 'column', attrelid::regclass::text, attname || ' ' || format_type(atttypid, atttypmod)
    || attnotnull::text || attidentity::text || coalesce(pg_get_expr(adbin, adrelid), '')
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped
  AND attrelid IN (SELECT oid FROM mine WHERE relkind IN ('r', 'c'))
UNION ALL
SELECT 'relation', oid::regclass::text,
       relkind::text || coalesce(array_to_string(reloptions, ','), '')
FROM mine
UNION ALL
SELECT 'sequence', seqrelid::regclass::text,
       format('%s %s %s %s', seqtypid::regtype, seqmin, seqmax, seqcache)
FROM pg_sequence
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid) || tgenabled::text
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) || indisvalid::text
FROM pg_index WHERE indexrelid IN (SELECT oid FROM mine)
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace IN (SELECT oid FROM ours)
"""


async def shape(connection: Connection) -> set[tuple[Any, ...]]:
    """Return the definition of all there is in the team's and Galope's schemas."""
    return {tuple(row) for row in await connection.fetch(SHAPE)}


async def release(connection: Connection, number: str) -> None:
    """Install an earlier release."""
    for name in ("schema.sql", "triggers.sql"):
        await connection.execute((RELEASES / number / name).read_text(encoding="utf-8"))


@pytest_asyncio.fixture
async def existing(empty_database: str) -> AsyncIterator[Connection]:
    """A database of the existing backend's, with rows."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES)
    await connection.execute(ROWS)
    yield connection
    await connection.close()


@pytest.mark.parametrize("number", sorted(path.name for path in RELEASES.iterdir()))
async def test_an_upgrade_ends_in_the_schema_of_a_new_installation(
    database: str, connection: Connection, empty_database: str, number: str
) -> None:
    upgraded = await asyncpg.connect(empty_database)
    await release(upgraded, number)
    with pytest.raises(GalopeError, match="--install"):
        await check(upgraded)
    lead = await new_lead(upgraded)
    await new_event(upgraded, lead, "cta_click")
    await install(upgraded)
    assert await shape(upgraded) == await shape(connection)
    await check(upgraded)
    await drained(empty_database)
    await assert_equals_replay(upgraded)
    await uninstall(upgraded)
    assert await upgraded.fetchval("SELECT to_regnamespace('galope')") is None
    await upgraded.close()


async def test_migrations_are_numbered_and_recorded(connection: Connection) -> None:
    names = [file.stem for file in migrations()]
    numbers = [int(name[:3]) for name in names]
    assert numbers == sorted(set(numbers))
    rows = await connection.fetch("SELECT name FROM galope.migration ORDER BY name")
    assert [row["name"] for row in rows] == names
    await connection.execute("DELETE FROM galope.migration WHERE name = $1", names[-1])
    with pytest.raises(GalopeError, match=rf"{names[-1]}.* --install"):
        await check(connection)


async def test_two_installations_at_once_are_one(empty_database: str) -> None:
    connections = [await asyncpg.connect(empty_database) for _ in range(2)]
    await connections[0].execute(TABLES)
    await asyncio.gather(*map(install, connections))
    count = "SELECT count(*) FROM galope.migration"
    assert await connections[0].fetchval(count) == len(migrations())
    for connection in connections:
        await connection.close()


async def test_what_was_predicted_before_is_learned_from(
    existing: Connection, empty_database: str
) -> None:
    await release(existing, "001")
    lead = await new_lead(existing)
    await existing.execute(
        "INSERT INTO galope.prediction (lead_id, head, model_version, moments)"
        " VALUES ($1, 'qualify', 0, $2)",
        lead,
        """[{"event_index":1,"at":1700000000.5,"features":{"timing|hours_known":0.5,"""
        """"profile:cidade|\\"said\\":":1.0},"said" : {"frozen":0.2,"steady":0.2,"quick":0.2},"""
        """"champion":"frozen"}]""",
    )
    await existing.execute(
        "INSERT INTO galope.outcome VALUES ($1, 'qualify', true, now(), 'import', true)", lead
    )
    await install(existing)
    (kept,) = json.loads(await existing.fetchval("SELECT snapshots FROM galope.prediction"))
    assert kept == {
        "event_index": 1,
        "at": 1700000000.5,
        "features": {"timing|hours_known": 0.5, 'profile:cidade|"said":': 1.0},
        "probabilities": {"frozen": 0.2, "steady": 0.2, "quick": 0.2},
        "champion": "frozen",
    }
    assert await existing.fetchval("SELECT evaluated FROM galope.outcome")
    await existing.execute("DELETE FROM galope.outcome")
    await drained(empty_database)
    await new_event(existing, lead, "handoff")
    await drained(empty_database)
    assert await existing.fetchval("SELECT learned FROM galope.learner") == 1


async def test_before_the_first_release_each_snapshot_had_a_row(existing: Connection) -> None:
    await release(existing, "001")
    await existing.execute(
        """
        DROP TABLE galope.prediction;
        CREATE TABLE galope.prediction (
            lead_id uuid NOT NULL, head text NOT NULL, event_index integer NOT NULL,
            predicted_at timestamptz NOT NULL, features json NOT NULL, said json NOT NULL,
            champion text NOT NULL, model_version bigint NOT NULL,
            PRIMARY KEY (lead_id, head, event_index)
        );
        INSERT INTO galope.prediction VALUES (
            gen_random_uuid(), 'qualify', 1, to_timestamp(1700000000.5),
            '{"timing|hours_known": 0.5}', '{"frozen": 0.2}', 'frozen', 0
        );
        """
    )
    await install(existing)
    (kept,) = json.loads(await existing.fetchval("SELECT snapshots FROM galope.prediction"))
    assert (kept["event_index"], kept["at"]) == (1, 1700000000.5)
    assert kept["probabilities"] == {"frozen": 0.2}


async def test_what_was_learned_before_still_says_the_same(
    existing: Connection, empty_database: str
) -> None:
    await release(existing, "001")
    lead = await new_lead(existing)
    await new_event(existing, lead, "cta_click", ago=9 * 86_400)
    model = LeadModel.warm_start(
        Basis({HOURS_QUIET: (0.0, 2.0), "event:cta_click|count": (0.0, 1.0)}),
        {f"{HOURS_QUIET}@1": -1.5, "event:cta_click|count@1": 0.5},
        0.25,
        Scale(),
    )
    stored = {"model": model.to_json(), "state": Learner(model).to_json()}
    old = {
        name: json.dumps(value).replace(HOURS_QUIET, "timing|hours_quiet")
        for name, value in stored.items()
    }
    version = await existing.fetchval(
        QUERIES["store_model"], "qualify", old["model"], "{}", "", "{}"
    )
    await existing.execute(QUERIES["promote"], version, "", "{}")
    await existing.execute(
        "INSERT INTO galope.learner (head, model_version, learned, state)"
        " VALUES ('qualify', $1, 0, $2)",
        version,
        old["state"],
    )
    await install(existing)
    kept = {
        "model": json.loads(await existing.fetchval("SELECT model FROM galope.model_version")),
        "state": json.loads(await existing.fetchval("SELECT state FROM galope.learner")),
    }
    assert kept == stored
    await drained(empty_database)
    reasons = json.loads(
        await existing.fetchval("SELECT points FROM galope.score_history WHERE lead_id = $1", lead)
    )
    assert dict(reasons)["quiet"] < 0


def _names(text: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z_]+", text))


def _between(file: str, start: str, end: str) -> str:
    return (SQL / file).read_text(encoding="utf-8").partition(start)[2].partition(end)[0]


def test_the_columns_that_galope_writes_are_the_same_everywhere() -> None:
    assigned = _between("queries/commit.sql", "    UPDATE leads AS l\n    SET ", "    FROM fence")
    written = set(re.findall(r"^        ([a-z_]+) = ", f"        {assigned}", re.MULTILINE))
    granted = _names(_between("grants.sql", "GRANT UPDATE (", ") ON leads"))
    listed = QUERIES["unwritable_columns"].partition("ARRAY[")[2].partition("]")[0]
    checked = set(re.findall(r"'([a-z_]+)'", listed))
    assert written == granted == checked
    # Of the status only what a person does is folded.
    assert written - {"status"} == WRITTEN
    functions = _between("triggers.sql", "FUNCTION galope.is_written", "-- Wakes the stream")
    lists = re.findall(r"'\{([^}]+)\}'", functions)
    ignored, scores = ({name.strip() for name in names.split(",")} for names in lists)
    assert ignored | scores == WRITTEN | {"status", "updated_at", "crm_stage"}
    added = set(
        re.findall(
            r"^ +\('([a-z_]+)',", _between("team_tables.sql", "VALUES", ") AS w"), re.MULTILINE
        )
    )
    assert added == WRITTEN | {"crm_stage"}
