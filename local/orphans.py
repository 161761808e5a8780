"""Child processes that outlived a killed `make run`: the next one in the folder stops them.

Each child has a session of its own, so that nothing but the supervisor stops it. Its environment
names the run that it belongs to.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "GALOPE_RUN"
GRACE_S = 10.0


def membership(state: Path) -> dict[str, str]:
    """Return the environment variable that marks the children of this process as its own."""
    return {VARIABLE: f"{os.getpid()} {state}"}


def stop_orphans(state: Path) -> int:
    """Stop what killed runs on `state` left behind, and return how many processes these were."""
    orphans = [process for process in psutil.process_iter() if _is_orphan(process, state)]
    for process in orphans:
        process.terminate()
    _, alive = psutil.wait_procs(orphans, timeout=GRACE_S)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=GRACE_S)
    return len(orphans)


def _is_orphan(process: psutil.Process, state: Path) -> bool:
    try:
        run, _, of = process.environ().get(VARIABLE, "").partition(" ")
    except (psutil.Error, OSError):  # ended meanwhile, or another user's
        return False
    return of == str(state) and not _runs(int(run))


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
