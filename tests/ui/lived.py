"""A past for the pictures: what the stream would have learned and measured had it always run.

The model was trained on the same leads, so this shows the page, not how good models are.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from domain.heads import QUALIFY
from domain.policy import OURS
from domain.scorecard import Scale
from offline.backtest import Backtest
from offline.measure import CHAMPION, FEWEST, SHIFTED, measures, stability
from offline.train import read_histories
from postgres.connect import connect
from postgres.model_registry import load_learner
from postgres.statements import QUERIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from offline.history import History
    from online_models.model import LeadModel

DAY = 86_400.0
DAYS = 45
METRIC = """
    INSERT INTO galope.model_metric (head, version, contender, measured_at, metrics)
    VALUES ($1, $2, $3, $4, $5)
"""


class Lived(Backtest):
    """A replay that keeps what was judged."""

    def __init__(self, histories: Sequence[History], model: LeadModel) -> None:
        super().__init__(histories, model, histories[0].created_at)
        self.learner = self._learner
        self.judged: list[dict[str, Any]] = []

    def _judge(self, lead_id: str) -> None:
        history, lead = self._histories[lead_id], self._leads.get(lead_id)
        if history.outcome is not None and lead is not None:
            told = {
                "lead_id": lead_id,
                "at": history.created_at,
                "resolved_at": history.outcome.resolved_at,
                "ripe_at": history.created_at + QUALIFY.horizon,
                "converted": history.outcome.converted,
                "champion": self.learner.champion,
            }
            moments = zip(lead.moments, lead.said, strict=True)
            self.judged += [told | {"features": found, "said": said} for found, said in moments]
        super()._judge(lead_id)


async def live_through(dsn: str) -> None:
    """Go through a database's history, and keep what was learned and each day's measures."""
    connection = await connect(dsn, "galope pictures")
    try:
        now, head = time.time(), QUALIFY.name
        version, learner = await load_learner(connection, OURS)
        histories = await read_histories(connection, QUALIFY, now, frozenset())
        lived = Lived(histories, learner.model("frozen"))
        for _ in lived.steps():
            pass
        judged = pd.DataFrame(lived.judged)
        rows = []
        for day in range(DAYS, -1, -1):
            known = judged[judged["ripe_at"] <= now - day * DAY]
            if known["lead_id"].nunique() < FEWEST:
                continue
            found = measures(known, CHAMPION, Scale())
            half = len(known) // 2
            features = known.sort_values("at")["features"].tolist()
            indices = stability(features[:half], features[half:])
            found["shifted"] = {name: one for name, one in indices.items() if one >= SHIFTED}
            at = datetime.fromtimestamp(now - day * DAY, UTC)
            rows.append((head, version, CHAMPION, at, json.dumps(found)))
        await connection.executemany(METRIC, rows)
        state, learned = json.dumps(lived.learner.to_json()), lived.learner.learned
        await connection.execute(QUERIES["keep_learner"], head, version, learned, state)
    finally:
        await connection.close()
