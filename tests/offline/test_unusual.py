"""Leads out of pattern, and what makes them so."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

import numpy as np

from offline.unusual import FEWEST, unusual

if TYPE_CHECKING:
    from domain.features import Features

SEED = 3


def ordinary(count: int) -> list[Features]:
    rng = np.random.default_rng(SEED)
    return [
        {
            "event:page_view|count": log1p(int(rng.integers(1, 5))),
            "quiet|hours": log1p(float(rng.uniform(10, 60))),
            f"profile:uf|{rng.choice(['mg', 'sp', 'go'])}": 1.0,
            "profile:hectares|number": log1p(float(rng.uniform(50, 100))),
        }
        for _ in range(count)
    ]


def test_who_is_out_of_pattern_and_why() -> None:
    leads = ordinary(400)
    leads[7] = leads[7] | {
        "event:page_view|count": log1p(300), "profile:hectares|number": log1p(90_000.0),
    }  # fmt: skip
    found = unusual(leads, SEED)
    assert found[0].place == 7
    by_signal = {part.signal: part for part in found[0].parts}
    assert (by_signal["event:page_view"].kind, by_signal["event:page_view"].value) == ("count", 300)
    assert by_signal["profile:hectares"].value == 90_000
    assert 50 <= by_signal["profile:hectares"].usual <= 100
    assert unusual(leads, SEED) == found


def test_few_are_told_of_and_a_rare_answer_is_said_as_such() -> None:
    leads = ordinary(400)
    leads[9] = {"event:page_view|count": log1p(60), "quiet|hours": log1p(9_000.0),
                "profile:uf|ac": 1.0, "profile:hectares|number": log1p(75.0)}  # fmt: skip
    found = unusual(leads, SEED)
    assert len(found) <= 4
    assert found[0].place == 9
    rare = next(part for part in found[0].parts if part.signal == "profile:uf")
    assert (rare.kind, rare.value) == ("rare", 0.0025)


def test_who_lacks_an_answer_that_others_give_is_said_to_lack_it() -> None:
    leads = ordinary(400)
    del leads[9][next(name for name in leads[9] if name.startswith("profile:uf"))]
    leads[9]["event:page_view|count"] = log1p(60)
    found = unusual(leads, SEED)
    assert found[0].place == 9
    part = next(part for part in found[0].parts if part.signal == "profile:uf")
    assert (part.kind, part.value) == ("unanswered", 0.0025)


def test_too_few_leads_have_no_pattern() -> None:
    assert unusual(ordinary(FEWEST - 1), SEED) == []
