"""What a person is told when there is no connection to be had."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest

from postgres.address import Address, place
from postgres.connect import OWN, connect
from postgres.errors import GalopeError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from postgres.connect import Connection

UNUSABLE = [
    "mysql://localhost/galope",
    "galope",
    "postgresql://localhost:port/galope",
    "postgresql://localhost:99999/galope",
    "postgresql://127.0.0.1:99999/galope",
    "postgresql://[::1/galope",
    "postgresql://localhost/galope?sslmode=perhaps",
    "postgresql://127.0.0.1:1/galope",
    "postgresql://no.such.host.invalid/galope",
    "postgresql://127.0.0.1:1,127.0.0.1:2/galope",
    "postgresql://localhost/galope?connect_timeout=soon",
    "postgresql://localhost/galope?sslmode",
    "postgresql://localhost/galope?sslmode=verify-full&sslrootcert=/no/such/file",
    "postgresql:///galope?host=/no/such/folder",
]


@pytest.mark.parametrize("url", UNUSABLE)
async def test_an_unusable_address_is_one_sentence(url: str) -> None:
    with pytest.raises(GalopeError) as error:
        await connect(url, "test")
    assert "DATABASE_URL" in str(error.value)
    assert "\n" not in str(error.value)


async def test_a_wrong_password_is_told_without_it(database: str) -> None:
    parts = urlsplit(database)
    wrong = parts._replace(netloc=f"{parts.username}:hunter2@{parts.hostname}:{parts.port}")
    with pytest.raises(GalopeError, match="refused the user or password") as error:
        await connect(wrong.geturl(), "test")
    assert "hunter2" not in str(error.value)


async def test_a_missing_database_is_named(database: str) -> None:
    with pytest.raises(GalopeError, match="no database nowhere"):
        await connect(urlsplit(database)._replace(path="/nowhere").geturl(), "test")


async def test_a_role_that_may_not_connect_is_told(database: str, connection: Connection) -> None:
    name = database.rpartition("/")[2]
    role = name.replace("test", "role")
    await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    try:
        await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM public')
        parts = urlsplit(database)
        refused = parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}").geturl()
        with pytest.raises(GalopeError) as error:
            await connect(refused, "test")
        assert "\n" not in str(error.value)
    finally:
        await connection.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("option", ["?pgbouncer=true", "?pgbouncer=true&application_name=x"])
async def test_a_pooler_is_spoken_to_without_prepared_statements(
    database: str, option: str
) -> None:
    connection = await connect(database + option, "test")
    assert await connection.fetchval("SELECT 1") == 1
    assert await connection.fetchval("SELECT count(*) FROM pg_prepared_statements") == 0
    await connection.close()


PROVIDERS = [
    "channel_binding=require",
    "sslmode=prefer&channel_binding=prefer&connect_timeout=15",
    "connection_limit=5&pool_timeout=20&schema=public",
    "options=-c%20statement_timeout%3D60000",
    "application_name=theirs&keepalives=1&tcp_user_timeout=3000&gssencmode=disable",
    "target_session_attrs=read-write&load_balance_hosts=random",
]
"""What addresses carry as hosting providers and other clients hand them out."""


@pytest.mark.parametrize("parameters", PROVIDERS)
async def test_an_address_as_providers_write_it_connects(database: str, parameters: str) -> None:
    connection = await connect(f"{database}?{parameters}", "ours")
    assert await connection.fetchval("SELECT current_setting('application_name')") == "ours"
    await connection.close()


async def test_a_schema_in_the_address_is_searched(database: str, connection: Connection) -> None:
    await connection.execute("CREATE SCHEMA sales")
    theirs = await connect(f"{database}?schema=sales", "test")
    assert await theirs.fetchval("SELECT current_schema()") == "sales"
    await theirs.close()


async def test_the_first_host_that_answers_is_taken(database: str) -> None:
    parts = urlsplit(database)
    there = f"{parts.username}:{parts.password}@127.0.0.1:1,{parts.hostname}:{parts.port}"
    connection = await connect(parts._replace(netloc=there).geturl(), "test")
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


async def test_an_unknown_parameter_is_named(database: str) -> None:
    with pytest.raises(GalopeError, match=r'"sparkle".*Take it out of DATABASE_URL'):
        await connect(f"{database}?sparkle=1", "test")


async def test_too_many_connections_are_worth_another_try(
    database: str, connection: Connection
) -> None:
    name = database.rpartition("/")[2]
    role = name.replace("test", "role")
    await connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 0")
    parts = urlsplit(database)
    limited = parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}").geturl()
    try:
        with pytest.raises(UnavailableError, match="no connection to give"):
            await connect(limited, "test")
    finally:
        await connection.execute(f"DROP ROLE {role}")


def test_a_driver_in_the_scheme_is_left_out() -> None:
    assert Address.read("postgresql+psycopg://db/crm").url == "postgresql://db/crm"


def test_a_pooler_is_told_by_its_parameter() -> None:
    assert Address.read("postgresql://db/crm?pgbouncer=true&schema=crm").pooled
    assert not Address.read("postgresql://db/crm?pgbouncer=false").pooled


def test_a_place_hides_the_password() -> None:
    assert place("postgresql://ana:hunter2@db:5433/crm") == "crm at db:5433"


def test_lost_covers_what_asyncpg_raises() -> None:
    from postgres.connect import LOST  # noqa: PLC0415 - named in the test that explains it

    for error in (
        asyncpg.InternalClientError("cannot switch to state 12"),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.InterfaceError("closed"),
        ConnectionResetError(),
        TimeoutError(),
    ):
        assert isinstance(error, LOST)


@asynccontextmanager
async def freezing(dsn: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Put a proxy between that stops passing anything on, and closes nothing, once it is told."""
    parts, frozen = urlsplit(dsn), asyncio.Event()
    tasks: list[asyncio.Task[None]] = []
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            if not frozen.is_set():
                writer.write(data)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if frozen.is_set():  # asyncpg asks for the statement to be cancelled
            writer.close()
            return
        there, to_there = await asyncio.open_connection(parts.hostname, parts.port)
        writers.append(to_there)
        both = (pump(reader, to_there), pump(there, writer))
        tasks.extend(asyncio.create_task(one) for one in both)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    netloc = f"{parts.username}:{parts.password}@127.0.0.1:{port}"
    try:
        yield parts._replace(netloc=netloc).geturl(), frozen
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:
            writer.close()
        await asyncio.gather(*(one.wait_closed() for one in writers), return_exceptions=True)
        server.close()
        await server.wait_closed()


async def test_a_connection_that_answers_no_more_is_lost(database: str) -> None:
    async with freezing(database) as (address, frozen):
        # Long enough for an answer on a machine that has much else to do.
        connection = await connect(address, "test", OWN, deadline=3.0)
        try:
            assert await connection.fetchval("SELECT 1") == 1
            frozen.set()
            with pytest.raises(TimeoutError):
                await connection.fetchval("SELECT 1")
        finally:
            connection.terminate()


async def test_the_roles_limits_are_not_those_of_galopes_work(
    database: str, connection: Connection
) -> None:
    name = database.rpartition("/")[2]
    role = name.replace("test", "role")
    await connection.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'; ALTER ROLE {role} SET statement_timeout = 1;"
        f"ALTER ROLE {role} SET default_transaction_isolation = 'serializable'"
    )
    parts = urlsplit(database)
    theirs = parts._replace(netloc=f"{role}:x@{parts.hostname}:{parts.port}").geturl()
    try:
        limited = await connect(theirs, "test", OWN)
        for setting, value in OWN.items():
            assert await limited.fetchval("SELECT current_setting($1)", setting) == value
        await limited.close()
    finally:
        await connection.execute(f"DROP ROLE {role}")


async def test_a_connection_given_up_while_it_is_made_is_closed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()

    async def never(connection: Connection, _: str) -> None:
        made.set_result(connection)
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncpg.Connection, "execute", never)
    connecting = asyncio.create_task(connect(database, "test", OWN))
    connection = await made
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    assert connection.is_closed()
