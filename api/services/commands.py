"""Commands of the project run as processes of their own, one at a time by name."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path

from api.errors import ApiError
from api.texts import Text

ROOT = Path(__file__).resolve().parents[2]

REPORTS = ROOT / "reports"
"""Where training leaves its report."""

_running: set[str] = set()


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line that it printed."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1] if lines else f"exit code {self.code}"


async def run(database_url: str, module: str, *arguments: str) -> CommandResult:
    """Run ``python -m module`` on a database, and wait for its end.

    Raises
    ------
    ApiError
        When one is running already.
    """
    if module in _running:
        raise ApiError(409, Text.BUSY)
    _running.add(module)
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments,
            cwd=ROOT, env={**os.environ, "DATABASE_URL": database_url},
            stdin=DEVNULL, stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        return CommandResult(process.returncode or 0, out.decode(), err.decode())
    finally:
        _running.discard(module)
