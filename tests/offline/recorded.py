"""A small recorded history, invented: leads that ask for the price convert more often."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

START = datetime(2026, 1, 1, tzinfo=UTC)


def recorded(folder: Path, leads: int = 300, seed: int = 3) -> Path:
    """Write leads, events and outcomes as .csv.gz, and return the folder."""
    chance = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, object]]] = {"leads": [], "events": [], "outcomes": []}
    for number in range(leads):
        lead_id = f"L-{number}"
        came = START + timedelta(hours=6 * number)
        hectares = [5, 50, None][chance.integers(3)]
        rows["leads"].append(
            {"lead_id": lead_id, "created_at": came.isoformat(), "hectares": hectares}
        )
        keen = chance.random() < 0.4
        kinds = ["page_view"] * int(chance.integers(1, 5)) + ["asked_price"] * int(keen)
        for step, kind in enumerate(kinds):
            at = came + timedelta(minutes=7 * step)
            rows["events"].append(
                {
                    "lead_id": lead_id,
                    "event_type": kind,
                    "ts": at.isoformat(),
                    "metadata": ['{"page": 1}', "not json", None][chance.integers(3)],
                }
            )
        converted = chance.random() < (0.7 if keen else 0.1)
        resolved = came + timedelta(days=int(chance.integers(1, 21)))
        rows["outcomes"].append(
            {
                "lead_id": lead_id,
                "converted": int(converted),
                "resolved_at": resolved.isoformat(),
            }
        )
    for name, values in rows.items():
        pd.DataFrame(values).to_csv(folder / f"{name}.csv.gz", index=False)
    return folder
