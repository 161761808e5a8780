"""What is proposed for other people's databases can be installed as it stands."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
import pytest_asyncio

from postgres.checks import check
from postgres.errors import GalopeError
from postgres.inspection import inspect
from postgres.install import install
from postgres.mapping import read_mapping
from tests.postgres.crms import CRMS, ODOO, Crm
from tests.stream.child import child
from tests.stream.replay import drained

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from postgres.connect import Connection


@pytest_asyncio.fixture
async def theirs(empty_database: str) -> AsyncIterator[Connection]:
    """A connection to a database with nothing in it."""
    connection = await asyncpg.connect(empty_database)
    yield connection
    await connection.close()


async def proposed(connection: Connection) -> dict[str, Any]:
    """Return what is proposed, as TOML reads it."""
    return tomllib.loads(await inspect(connection))


async def test_odoo_is_scored_as_proposed(
    empty_database: str, theirs: Connection, tmp_path: Path
) -> None:
    await ODOO.make(theirs)
    file = tmp_path / "galope.toml"
    file.write_text(await inspect(theirs), encoding="utf-8")
    await install(theirs, read_mapping(file))
    await check(theirs)
    await drained(empty_database)
    assert await theirs.fetchval("SELECT count(*) FROM galope.score") == 240
    assert await theirs.fetchval("SELECT count(*) FROM galope.outcome WHERE converted") == 80
    events = await theirs.fetchval(
        "SELECT count(*) FROM galope.subject_events() WHERE event_type = 'email'"
    )
    assert events == await theirs.fetchval(
        "SELECT count(*) FROM mail_message WHERE model = 'crm.lead'"
    )


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
async def test_what_decides_and_what_happens_is_found(theirs: Connection, crm: Crm) -> None:
    await crm.make(theirs)
    found, example = await proposed(theirs), tomllib.loads(crm.mapping.read_text(encoding="utf-8"))
    (subject,), (wanted,) = found["subject"].values(), example["subject"].values()
    assert {name: subject.get(name) for name in ("table", "key", "created_at", "timezone")} == {
        name: wanted.get(name) for name in ("table", "key", "created_at", "timezone")
    }
    assert found["head"]["qualify"]["yes"] == example["head"]["qualify"]["yes"]
    lost, wanted_lost = found["head"]["qualify"]["no"], example["head"]["qualify"].get("no", [])
    assert set(lost) <= set(wanted_lost)
    assert bool(lost) == bool(wanted_lost)
    assert {one["table"] for one in found["source"]} >= {one["table"] for one in example["source"]}


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
async def test_an_empty_database_gets_a_file_too(
    theirs: Connection, tmp_path: Path, crm: Crm
) -> None:
    await crm.make(theirs, history=False)
    file = tmp_path / "galope.toml"
    file.write_text(await inspect(theirs), encoding="utf-8")
    await install(theirs, read_mapping(file))


PEOPLE = """
CREATE TABLE prospects (
    id bigint PRIMARY KEY, created_at timestamptz, status text, "eMail" text, quarter text,
    handle text, "order" text, close_reason text, won_at timestamptz, budget numeric,
    updated_by_id int
);
INSERT INTO prospects (id, created_at, status, quarter, handle, "order")
SELECT n, now(), (ARRAY['new', 'Sold', 'Lost'])[1 + n % 3], 'q' || n % 4, 'h' || n,
       n || '@example.org'
FROM generate_series(1, 60) AS n;
CREATE TABLE prospect_tags (prospect_id bigint, tag text);
CREATE TABLE web_hits (prospect_id bigint, ts timestamptz, kind text);
INSERT INTO web_hits SELECT 1, now(), 'view' FROM generate_series(1, 30);
"""


async def test_columns_are_taken_for_what_they_are(theirs: Connection) -> None:
    await theirs.execute(PEOPLE)
    text = await inspect(theirs)
    found = tomllib.loads(text)
    subject = found["subject"]["prospect"]
    assert set(subject["personal"]) == {"eMail", "handle", "order"}
    assert set(subject["profile"]) == {"quarter", "budget"}
    assert subject["track"] == ["status"]
    assert [(one["table"], one["type"]) for one in found["source"]] == [("public.web_hits", "kind")]
    assert found["head"]["qualify"] == {
        "yes": ["status:Sold"],
        "no": ["status:Lost"],
        "horizon_days": 90,
    }
    assert "example.org" not in text


async def test_nothing_that_looks_like_leads_is_said(theirs: Connection) -> None:
    await theirs.execute("CREATE TABLE leads (name text); CREATE TABLE orders (id int PRIMARY KEY)")
    with pytest.raises(GalopeError, match="No table here looks like leads") as error:
        await inspect(theirs)
    assert "\n" not in str(error.value)


async def test_inspecting_by_the_process(empty_database: str, theirs: Connection) -> None:
    await ODOO.make(theirs, history=False)
    async with child(empty_database, "--inspect") as stream:
        assert await stream.ends() == 0
    assert await theirs.fetchval("SELECT to_regnamespace('galope')") is None
