"""Behind a real transaction pooler, which gives each transaction whichever session is free."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from local.places import account_for, identity, temporary_folder
from postgres.connect import OWN, connect
from postgres.install import install
from postgres.mapping import Mapping
from tests.api.served import served
from tests.postgres.test_doors import MAPPED
from tests.sql.existing import TABLES
from tests.stream.child import child, scores
from tests.stream.replay import ALL_COUNTED, assert_equals_replay, new_event, new_lead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postgres.connect import Connection

POOLER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

pytestmark = pytest.mark.skipif(
    POOLER is None and "CI" not in os.environ, reason="no pgbouncer (apt install pgbouncer)"
)

SETTINGS = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
server_round_robin = 1
log_connections = 0
log_disconnections = 0
log_stats = 0
ignore_startup_parameters = {ignored}
"""
"""Sessions are handed out in turn: what one keeps is met by others at once."""


@contextmanager
def pooling(dsn: str, ignored: Iterable[str] = ()) -> Iterator[str]:
    """Run a pooler before a server; yield the address of the same database through it.

    Settings of sessions that connecting asks for are refused, unless they are to be ignored.
    """
    assert POOLER is not None, "CI needs pgbouncer"
    parts = urlsplit(dsn)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen = probe.getsockname()[1]
    with temporary_folder() as folder:
        users, settings = folder / "users", folder / "settings"
        users.write_text(f'"{parts.username}" "{parts.password}"\n')
        settings.write_text(
            SETTINGS.format(
                host=parts.hostname,
                port=parts.port,
                listen=listen,
                users=users,
                ignored=", ".join(ignored),
            )
        )
        pooler = subprocess.Popen(
            [POOLER, settings],
            stderr=subprocess.PIPE,
            text=True,
            **identity(account_for(folder)),
        )
        assert pooler.stderr is not None
        try:
            assert any("process up" in line for line in pooler.stderr)
            user = parts.netloc.rpartition("@")[0]
            yield parts._replace(netloc=f"{user}@127.0.0.1:{listen}").geturl()
        finally:
            pooler.kill()
            pooler.communicate()


KEPT = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Locks that sessions still hold."""

LEFT = """
    SELECT name, setting FROM pg_settings
    WHERE source = 'session' AND name NOT IN ('jit', 'client_encoding')
    UNION ALL SELECT name, statement FROM pg_prepared_statements
    UNION ALL SELECT 'LISTEN', channel FROM pg_listening_channels() AS channel
"""
"""What others left in a session; asyncpg switches jit off, and the pooler sets the encoding."""


async def left(address: str) -> list[asyncpg.Record]:
    """Return what others left in three sessions of a pooler's, taken at once."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(3):
            taken = await connect(address, "test")
            stack.push_async_callback(taken.close)
            await stack.enter_async_context(taken.transaction())
            found += await taken.fetch(LEFT)
        return found


SPOKEN_TO = [("?pgbouncer=true", ""), ("?pgbouncer=true&schema=public", "direct")]
"""What the address says of the pooler, and whether there is a direct one too."""


@pytest.mark.parametrize(("parameters", "listen"), SPOKEN_TO)
@pytest.mark.usefixtures("unmeasured_children")
async def test_streams_take_over_from_one_that_was_killed(
    database: str, connection: Connection, parameters: str, listen: str
) -> None:
    lead = await new_lead(connection)
    settings = {"GALOPE_LISTEN_URL": database} if listen else {}
    with pooling(database) as pooled:
        async with scores(database) as output:
            for _ in range(2):
                async with child(pooled + parameters, **settings) as stream:
                    await stream.says("streaming")
                    for _ in range(10):
                        await new_event(connection, lead)
                    await output.until(lambda: connection.fetchval(ALL_COUNTED))
                    await stream.killed()
                # It is waited for as long as it may only be silent.
                await connection.execute(
                    "UPDATE galope.cursor SET heartbeat_at = now() - interval '1 minute'"
                )
        await assert_equals_replay(connection)
        assert await connection.fetchval(KEPT) == 0


@pytest.mark.parametrize("ignored", [(), OWN])
async def test_a_pooler_that_was_not_told_of_is_named(
    database: str, connection: Connection, ignored: Iterable[str]
) -> None:
    await new_lead(connection)
    with pooling(database, ignored) as pooled:
        async with child(pooled) as stream:
            assert await stream.ends() == 1
            assert "pgbouncer=true" in stream.lines[-1]
            assert len(stream.lines) == 1


async def test_a_schema_that_a_poolers_sessions_dont_look_into_is_refused(
    database: str, connection: Connection
) -> None:
    await connection.execute("CREATE SCHEMA sales")
    with pooling(database) as pooled:
        async with child(f"{pooled}?pgbouncer=true&schema=sales", "--check") as asked:
            assert await asked.ends() == 1
        assert "SET search_path = sales" in asked.lines[-1]


async def test_installing_leaves_nothing_in_the_poolers_sessions(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postgres.indexes.LARGE", 0)
    owner = await asyncpg.connect(empty_database)
    await owner.execute(TABLES)
    with pooling(empty_database) as pooled:
        address = f"{pooled}?pgbouncer=true"
        for chosen in (None, None, Mapping.model_validate(MAPPED), None):
            installing = await connect(address, "test", OWN)
            await install(installing, chosen, pooled=True)
            await installing.close()
            assert await left(address) == []
        assert await owner.fetchval(KEPT) == 0
    await owner.close()


async def test_the_api_answers_and_tells_of_scores(database: str) -> None:
    with pooling(database) as pooled:
        address = f"{pooled}?pgbouncer=true"
        async with child(address) as stream, served(address, probe_s=0.05) as api:
            await stream.says("streaming")
            lead = await api.lead()
            async with api.client.stream("GET", "/stream/leads") as live:
                body = {"lead_id": lead["id"], "event_type": "cta_click"}
                assert (await api.client.post("/events", json=body)).status_code == 201
                async for line in live.aiter_lines():
                    if lead["id"] in line:
                        break
            answer = await api.client.post(f"/leads/{lead['id']}/score")
            assert answer.json()["score"] > 0
            assert await left(address) == []
