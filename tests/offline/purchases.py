"""Small recorded purchases, invented: regulars buy every three weeks, others once or twice."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 460


def purchases(folder: Path, customers: int = 150, start: datetime = START) -> Path:
    """Write leads and events as .csv.gz, and whom to ask when as asks.csv; return the folder."""
    chance = np.random.default_rng(5)
    leads, events, asks = [], [], []
    for number in range(customers):
        lead_id = f"C-{number}"
        day = float(chance.uniform(0, 60))
        leads.append({"lead_id": lead_id, "created_at": at(day, start)})
        asks += [{"lead_id": lead_id, "ts": at(ask, start)} for ask in (330.0, 360.0)]
        regular = chance.random() < 0.4
        while day < DAYS:
            amount = round(float(chance.uniform(5, 90)), 2)
            carries = {"amount": amount, "family": ["tack", "feed"][chance.integers(2)]}
            events.append(
                {
                    "lead_id": lead_id,
                    "event_type": "purchase",
                    "ts": at(day, start),
                    "metadata": json.dumps(carries),
                }
            )
            day += float(chance.normal(21, 4)) if regular else float(chance.uniform(100, 900))
    for name, rows in (("leads", leads), ("events", events)):
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv.gz", index=False)
    pd.DataFrame(asks).to_csv(folder / "asks.csv", index=False)
    return folder


def at(day: float, start: datetime = START) -> str:
    """Return a day of the record as a time in ISO 8601."""
    return (start + timedelta(days=day)).isoformat()
