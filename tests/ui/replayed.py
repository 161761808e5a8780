"""A history for the pictures: what the stream would have learned and measured had it always run.

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


class RecordingBacktest(Backtest):
    """A replay that keeps the evaluated predictions."""

    def __init__(self, histories: Sequence[History], model: LeadModel) -> None:
        super().__init__(histories, model, histories[0].created_at)
        self.learner = self._learner
        self.evaluated: list[dict[str, Any]] = []

    def _judge(self, lead_id: str) -> None:
        history, lead = self._histories[lead_id], self._leads.get(lead_id)
        if history.outcome is not None and lead is not None:
            facts = {
                "lead_id": lead_id,
                "at": history.created_at,
                "resolved_at": history.outcome.resolved_at,
                "matures_at": history.created_at + QUALIFY.horizon,
                "converted": history.outcome.converted,
                "champion": self.learner.champion,
            }
            moments = zip(lead.moments, lead.probabilities, strict=True)
            self.evaluated += [
                facts | {"features": features, "probabilities": probabilities}
                for features, probabilities in moments
            ]
        super()._judge(lead_id)


async def replay_past(dsn: str) -> None:
    """Go through a database's history, and keep what was learned and each day's measures."""
    connection = await connect(dsn, "galope pictures")
    try:
        now, head = time.time(), QUALIFY.name
        version, learner = await load_learner(connection, OURS)
        histories = await read_histories(connection, QUALIFY, now, frozenset())
        replay = RecordingBacktest(histories, learner.model("frozen"))
        for _ in replay.steps():
            pass
        predictions = pd.DataFrame(replay.evaluated)
        rows = []
        for day in range(DAYS, -1, -1):
            evaluated = predictions[predictions["matures_at"] <= now - day * DAY]
            if evaluated["lead_id"].nunique() < FEWEST:
                continue
            measured = measures(evaluated, CHAMPION, Scale())
            half = len(evaluated) // 2
            features = evaluated.sort_values("at")["features"].tolist()
            indices = stability(features[:half], features[half:])
            measured["shifted"] = {
                name: index for name, index in indices.items() if index >= SHIFTED
            }
            at = datetime.fromtimestamp(now - day * DAY, UTC)
            rows.append((head, version, CHAMPION, at, json.dumps(measured)))
        await connection.executemany(METRIC, rows)
        state, learned = json.dumps(replay.learner.to_json()), replay.learner.learned
        await connection.execute(QUERIES["keep_learner"], head, version, learned, state, version)
    finally:
        await connection.close()
