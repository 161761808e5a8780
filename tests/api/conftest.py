"""A running API for the tests that need one of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from tests.api.served import Served, served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def api(database: str) -> AsyncIterator[Served]:
    """The API on the test's database, without a stream."""
    async with served(database) as running:
        yield running
