"""``python -m api`` and ``python -m api.keys`` as processes."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from tests.api.served import key
from tests.stream.child import ROOT


async def ended(*arguments: str, **settings: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, cwd=ROOT, env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_it_does_not_start_for_everybody_without_a_key(database: str) -> None:
    code, said = await ended("api", DATABASE_URL=database, GALOPE_API_HOST="0.0.0.0")  # noqa: S104
    assert code == 1
    assert "python -m api.keys add" in said
    assert "Traceback" not in said


async def test_with_a_key_it_starts_for_everybody_and_ends_when_told(database: str) -> None:
    await key(database, "viewer")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        env=os.environ
        | {"DATABASE_URL": database, "GALOPE_API_HOST": "0.0.0.0", "GALOPE_API_PORT": "0"},  # noqa: S104
    )  # fmt: skip
    assert process.stderr is not None
    while b"running on" not in (line := await process.stderr.readline()):
        assert line
    process.terminate()
    await process.stderr.read()
    assert await process.wait() == 0


async def test_a_senseless_setting_is_told_in_a_sentence(database: str) -> None:
    code, said = await ended("api", DATABASE_URL=database, GALOPE_API_PORT="soon")
    assert code == 2
    assert said.startswith("Setting GALOPE_API_PORT can't be 'soon'")


async def test_keys_are_listed_and_revoked(database: str) -> None:
    await key(database, "operator")
    code, said = await ended("api.keys", "list", DATABASE_URL=database)
    assert (code, "operator" in said) == (0, True)
    assert (await ended("api.keys", "revoke", "1", DATABASE_URL=database))[0] == 0
    code, said = await ended("api.keys", "revoke", "1", DATABASE_URL=database)
    assert (code, "There is no key 1 that works" in said) == (1, True)


@pytest.mark.parametrize("arguments", [("add", "x"), ("add", "x", "--role", "king"), ()])
async def test_a_key_needs_a_role(database: str, arguments: tuple[str, ...]) -> None:
    assert (await ended("api.keys", *arguments, DATABASE_URL=database))[0] == 2
