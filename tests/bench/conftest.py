"""What the tests of bench/ share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.testbed import SERVER
from local.postgres import throwaway

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def timed_server() -> Iterator[str]:
    """The address of a server that keeps the times of commits."""
    with throwaway(SERVER, fast=True) as dsn:
        yield dsn


@pytest.fixture
def bench_server(
    timed_server: str, unmeasured_children: None, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The same, as the one that benches make their databases on."""
    monkeypatch.setenv("DATABASE_URL", timed_server)
    return timed_server
