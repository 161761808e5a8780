"""What a killed `make run` leaves behind, and what is somebody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from local.orphans import membership, stop_orphans

if TYPE_CHECKING:
    from pathlib import Path

LONG = "print(flush=True); import time; time.sleep(600)"


def ended_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        process.wait()
    return process.pid


def child(mark: dict[str, str], program: str = LONG) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, **mark}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()  # it runs
    return process


@pytest.fixture
def orphaned(tmp_path: Path) -> dict[str, str]:
    ((name, value),) = membership(tmp_path).items()
    return {name: value.replace(str(os.getpid()), str(ended_pid()), 1)}


def test_stops_what_belongs_to_a_run_that_is_gone(tmp_path: Path, orphaned: dict[str, str]) -> None:
    with child(orphaned) as process:
        assert stop_orphans(tmp_path) == 1
        assert not psutil.pid_exists(process.pid)


def test_kills_what_does_not_stop(
    tmp_path: Path, orphaned: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.orphans.GRACE_S", 0.1)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + LONG
    with child(orphaned, deaf) as process:
        assert stop_orphans(tmp_path) == 1
        assert not psutil.pid_exists(process.pid)


def test_leaves_alone_what_belongs_to_a_run_that_is_not(tmp_path: Path) -> None:
    with child(membership(tmp_path)) as process:
        assert stop_orphans(tmp_path) == 0
        assert process.poll() is None
        process.kill()


def test_leaves_alone_what_belongs_to_another_folder(
    tmp_path: Path, orphaned: dict[str, str]
) -> None:
    with child(orphaned) as process:
        assert stop_orphans(tmp_path / "another") == 0
        assert process.poll() is None
        process.kill()
