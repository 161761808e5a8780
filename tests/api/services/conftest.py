"""A receiver of webhooks for the tests that send some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

from bench.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bench.receiver import Receiver


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as there:
        yield there
