"""The embedded Postgres: started, stopped, killed, moved, misused."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from local import places
from local.cluster import PostgresError
from local.postgres import FAST, binary, running, throwaway

pytestmark = pytest.mark.postgres

PROJECT = Path(__file__).parents[2]
LEFT_BEHIND = """
import os, pathlib, signal, sys
from local.postgres import running
with running(pathlib.Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


async def query(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().split()[0])


async def test_serves_while_running_and_not_after(folder: Path) -> None:
    with running(folder / "pgdata", parameters=FAST) as dsn:
        assert await query(dsn, "SELECT current_database()") == "galope"
        assert await query(dsn, "SHOW fsync") == "off"
    with pytest.raises(ConnectionRefusedError):
        await query(dsn, "SELECT 1")
    assert not (folder / "pgdata" / "postmaster.pid").exists()


async def test_keeps_its_data_and_its_password(folder: Path) -> None:
    with running(folder / "pgdata", parameters=FAST) as dsn:
        await query(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    with running(folder / "pgdata", parameters=FAST) as again:
        assert await query(again, "SELECT answer FROM kept") == 42
    assert urlsplit(dsn).password == urlsplit(again).password


async def test_recovers_after_its_server_was_killed(folder: Path) -> None:
    with running(folder / "pgdata") as dsn:
        await query(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(postmaster(folder / "pgdata"), signal.SIGKILL)
    with running(folder / "pgdata") as dsn:
        assert await query(dsn, "SELECT answer FROM kept") == 42


async def test_takes_over_from_a_killed_process(folder: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", LEFT_BEHIND, folder / "pgdata"], cwd=PROJECT, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    left = postmaster(folder / "pgdata")
    with running(folder / "pgdata") as dsn:
        assert await query(dsn, "SELECT 1") == 1
        assert postmaster(folder / "pgdata") != left


async def test_is_not_fooled_by_another_program_with_the_old_number(folder: Path) -> None:
    with running(folder / "pgdata", parameters=FAST):
        pass
    stale = f"{os.getpid()}\n{folder / 'pgdata'}\n1700000000\n5432\n\n127.0.0.1\n\nready\n"
    (folder / "pgdata" / "postmaster.pid").write_text(stale)
    with running(folder / "pgdata", parameters=FAST) as dsn:
        assert await query(dsn, "SELECT 1") == 1


async def test_forgets_a_cluster_whose_making_was_interrupted(folder: Path) -> None:
    half_made = folder / "pgdata.unfinished"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    with running(folder / "pgdata", parameters=FAST) as dsn:
        assert await query(dsn, "SELECT 1") == 1
    assert not half_made.exists()


async def test_listens_on_loopback_only_and_asks_for_the_password(folder: Path) -> None:
    with running(folder / "pgdata", parameters=FAST) as dsn:
        assert await query(dsn, "SHOW listen_addresses") == "127.0.0.1"
        assert await query(dsn, "SHOW unix_socket_directories") == ""
        password = str(urlsplit(dsn).password)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await query(dsn.replace(password, "guessed"), "SELECT 1")
    assert (folder / "pgdata.password").stat().st_mode & 0o077 == 0
    assert (folder / "pgdata").stat().st_mode & 0o077 == 0


async def test_works_where_a_socket_path_would_be_too_long(folder: Path) -> None:
    with running(folder / ("long" * 20) / ("path" * 20) / "pgdata", parameters=FAST) as dsn:
        assert await query(dsn, "SELECT 1") == 1


def test_says_who_already_runs_it(folder: Path) -> None:
    with (
        running(folder / "pgdata", parameters=FAST),
        pytest.raises(PostgresError, match=rf"PID {os.getpid()}\) already runs Postgres"),
        running(folder / "pgdata"),
    ):
        pass


def test_says_why_it_did_not_start(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(PostgresError, match="Address already in use"),
            running(folder / "pgdata", port=taken.getsockname()[1], parameters=FAST),
        ):
            pass


@pytest.mark.parametrize(
    ("present", "content", "complaint"),
    [
        ("pgdata/PG_VERSION", "12\n", "made by Postgres 12, and the bundled one is 18"),
        ("pgdata/notes.txt", "mine", "nothing known: no PG_VERSION"),
    ],
)
def test_leaves_a_folder_alone_that_it_cannot_use(
    folder: Path, present: str, content: str, complaint: str
) -> None:
    (folder / "pgdata").mkdir()
    (folder / "pgdata.password").write_text("secret")
    (folder / present).write_text(content)
    with pytest.raises(PostgresError, match=complaint), running(folder / "pgdata"):
        pass
    assert (folder / present).read_text() == content


def test_says_that_the_password_is_lost(folder: Path) -> None:
    (folder / "pgdata").mkdir()
    with pytest.raises(PostgresError, match="lost its password file"), running(folder / "pgdata"):
        pass


async def test_a_throwaway_leaves_nothing() -> None:
    with throwaway({"work_mem": "8MB"}, fast=True) as dsn:
        place = Path(str(await query(dsn, "SHOW data_directory")))
        assert await query(dsn, "SHOW work_mem") == "8MB"
        assert await query(dsn, "SHOW fsync") == "off"
    assert not place.parent.exists()


async def test_a_throwaway_is_durable_unless_told() -> None:
    with throwaway() as dsn:
        assert await query(dsn, "SHOW fsync") == "on"


def test_has_the_client_programs() -> None:
    said = subprocess.run([binary("pgbench"), "--version"], check=True, capture_output=True)
    assert places.VERSION.rpartition(".")[0].encode() in said.stdout


def test_says_that_a_program_is_missing() -> None:
    with pytest.raises(PostgresError, match="has no 'pgsupper'"):
        binary("pgsupper")
