"""Fitting what customers will buy, from a database's purchases."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from demo.seed import main as seed
from offline.value import main as value
from online_models.customer_value import ValueModel
from postgres.errors import TooLittleError

if TYPE_CHECKING:
    import asyncpg


async def test_it_is_fitted_once_with_how_an_earlier_one_fared(
    database: str,
    connection: asyncpg.Connection[asyncpg.Record],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    assert await asyncio.to_thread(value, ["--if-missing"]) == TooLittleError.exit_code
    assert "0 customers have bought twice, where it takes 50" in capsys.readouterr().err
    world = ["--leads", "0", "--partners", "0", "--customers", "150"]
    assert await asyncio.to_thread(seed, world) == 0
    assert await asyncio.to_thread(value, ["--if-missing"]) == 0
    assert await asyncio.to_thread(value, ["--if-missing"]) == 0
    (row,) = await connection.fetch("SELECT * FROM galope.value_model")
    model = ValueModel.from_json(json.loads(row["model"]))
    assert model.money > 0
    bought = await connection.fetchval(
        "SELECT count(DISTINCT lead_id) FROM events WHERE event_type = 'purchase'"
    )
    assert 100 < row["customers"] <= bought <= 150
    held_out = json.loads(row["held_out"])
    assert held_out["days"] == 90
    # Rhythms are more even than the model has them, and nobody is won anew among them.
    assert held_out["orders_expected"] == pytest.approx(held_out["orders"], rel=0.3)
