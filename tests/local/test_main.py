"""`make run` as a person meets it: a process, its output, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.__main__ import main

pytestmark = pytest.mark.postgres

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import pathlib, sys
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
sys.exit(main([], plan=plan, state=pathlib.Path(sys.argv[1])))
"""


def started(state: Path, **env: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(state)], cwd=PROJECT, env={**inherited, **env},
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
            said = "".join(lines_until(process, "Stop"))
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
        said = "".join(lines_until(process, "Stop"))
        process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode == 0
    assert "Using the database in DATABASE_URL" in said
    assert not (state / "pgdata").exists()


def test_says_what_is_wrong_in_one_sentence(state: Path) -> None:
    with started(state, DATABASE_URL="postgresql://127.0.0.1:1/galope") as process:
        said, _ = process.communicate()
    assert process.returncode == 1
    assert "✗ Counting the runs" in said


def test_helps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    said = capsys.readouterr().out
    assert "--no-demo" in said
    assert "--port" in said
