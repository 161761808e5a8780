"""`make run` as a person meets it: a process, its output, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local.__main__ import main

pytestmark = pytest.mark.postgres

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import pathlib, sys
from local import places
from local.__main__ import main
from local.plan import Plan, Step
from local.supervisor import Service

keep = '''
import asyncio, asyncpg, os
async def keep():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS runs (at timestamptz DEFAULT now())")
    await connection.execute("INSERT INTO runs DEFAULT VALUES")
    print("run", await connection.fetchval("SELECT count(*) FROM runs"))
asyncio.run(keep())
'''
service = Service("stream", ("-c", "import time; time.sleep(600)"))
plan = Plan((Step("Counting the runs", ("-c", keep)),), (service,), ("-c", "print('the tour')"))
places.SHARED_HOME = pathlib.Path(sys.argv[2])
sys.exit(main([], plan=plan, state=pathlib.Path(sys.argv[1])))
"""


def started(state: Path, *, home: Path | None = None, **env: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(state), str(home or state.parent / "home")],
        cwd=PROJECT, env={**inherited, **env},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def lines_until(process: subprocess.Popen[str], text: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or text not in lines[-1]:
        line = process.stdout.readline()
        assert line, f"ended without {text!r}: {lines}"
        lines.append(line)
    return lines


@pytest.fixture
def state(folder: Path) -> Path:
    return folder / ".galope"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_cleanly_and_continues_with_the_same_data(
    state: Path, number: signal.Signals
) -> None:
    for run in (1, 2):
        with started(state) as process:
            said = "".join(lines_until(process, "Ctrl-C"))
            env_file = (state / "env").read_text()
            process.send_signal(number)
            rest, _ = process.communicate()
        assert process.returncode == 0
        assert f"run {run}\n" in said
        assert "the tour\n" in said
        assert env_file.startswith("export DATABASE_URL='postgresql://galope:")
        assert rest.splitlines()[-3:] == [
            "▸ Stopping", "▸ stream stopped (SIGTERM)", "▸ Everything is stopped",
        ]  # fmt: skip
        assert "Traceback" not in said + rest
        assert not (state / "pgdata" / "postmaster.pid").exists()
        assert not (state / "env").exists()


def test_uses_the_given_database_and_starts_none(state: Path, database: str) -> None:
    with started(state, DATABASE_URL=database) as process:
        said = "".join(lines_until(process, "Ctrl-C"))
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode == 0
    assert "Using the database in DATABASE_URL" in said
    assert not (state / "pgdata").exists()


def test_goes_on_after_a_kill(state: Path) -> None:
    with started(state) as process:
        said = "".join(lines_until(process, "Ctrl-C"))
        os.killpg(process.pid, signal.SIGKILL)
    (orphan,) = re.findall(r"stream runs \(PID (\d+)\)", said)
    assert psutil.pid_exists(int(orphan))
    with started(state) as process:
        again = "".join(lines_until(process, "Ctrl-C"))
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0
    assert "Stopped 1 process that a killed `make run` had left" in again
    assert "run 2\n" in again
    assert not psutil.pid_exists(int(orphan))


def test_a_second_one_says_that_one_runs_and_leaves_it_alone(state: Path) -> None:
    with started(state) as process:
        lines_until(process, "Ctrl-C")
        with started(state) as second:
            said, _ = second.communicate()
        assert (state / "env").exists()
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()
    assert (second.returncode, process.returncode) == (1, 0)
    assert f"Another process (PID {process.pid}) already runs Postgres" in said
    assert "Traceback" not in said + rest


@pytest.mark.skipif(os.geteuid() != 0, reason="root's Postgres runs as somebody else")
def test_runs_in_a_folder_that_only_root_may_enter(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with started(closed / ".galope", home=folder / "home") as process:
        lines_until(process, "Ctrl-C")
        assert (closed / ".galope" / "env").stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0
    assert not (closed / ".galope" / "pgdata").exists()


def test_runs_whatever_the_umask_in_a_path_with_spaces_and_accents(folder: Path) -> None:
    state = folder / "Meu Projeto Ação" / ".galope"
    before = os.umask(0o077)
    try:
        with started(state) as process:
            lines_until(process, "Ctrl-C")
            process.send_signal(signal.SIGINT)
            process.communicate()
    finally:
        os.umask(before)
    assert process.returncode == 0
    assert (state / "pgdata").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://ana:secret@127.0.0.1:1/galope", "No Postgres answers for galope at"),
        ("postgresql://ana:secret@127.0.0.1:99999/galope", "is not an address Galope can use"),
        ("postgresql://ana:secret@[half/galope", "is not an address Galope can use"),
        ("galope", "is not an address Galope can use"),
    ],
)
def test_says_what_is_wrong_with_a_database_in_one_sentence(
    state: Path, url: str, complaint: str
) -> None:
    with started(state, DATABASE_URL=url) as process:
        said, _ = process.communicate()
    assert process.returncode == 1
    using, wrong = said.split("✗")
    assert using == "▸ Using the database in DATABASE_URL\n"
    assert complaint in " ".join(wrong.split())
    assert "secret" not in said


def test_says_that_a_password_is_wrong(state: Path, server_dsn: str) -> None:
    with started(state, DATABASE_URL=server_dsn.replace("@", "wrong@")) as process:
        said, _ = process.communicate()
    assert process.returncode == 1
    assert "✗ Postgres refused the user or password" in said
    assert "Traceback" not in said


def test_says_that_it_cannot_have_its_folder(folder: Path) -> None:
    (folder / "file").touch()
    with started(folder / "file" / ".galope") as process:
        said, _ = process.communicate()
    assert process.returncode == 1
    assert "Not a directory" in said
    assert "Traceback" not in said


def test_helps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    said = capsys.readouterr().out
    assert "--no-demo" in said
    assert "--port" in said
