"""The health check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api.served import served
from tests.stream.replay import drained

if TYPE_CHECKING:
    from postgres.connect import Connection
    from tests.api.served import Served


async def test_health(api: Served) -> None:
    answer = await api.client.get("/health")
    assert answer.json() == {
        "status": "UP",
        "features": {"crm_next_action": True, "score_diagnostics": True, "ml_model_info": True},
    }


async def test_health_says_what_is_in_the_streams_way(
    api: Served, database: str, connection: Connection
) -> None:
    await drained(database)
    await connection.execute("UPDATE galope.cursor SET problem = 'Triggers are disabled.'")
    answer = await api.client.get("/health")
    assert answer.json()["problem"] == "Triggers are disabled."


async def test_health_is_down_where_galope_is_not_installed(empty_database: str) -> None:
    async with served(empty_database) as api:
        answer = await api.client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (500, "DOWN")
