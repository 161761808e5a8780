"""Training learns what events carry, where ten leads share it."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

import numpy as np

from domain.attributes import Attributes
from domain.features import features
from domain.outcomes import Outcome
from domain.policy import Policy
from domain.state import DAY, LeadState
from offline.fit import FEWEST_LEADS, fit_baseline
from offline.held_out import ask
from offline.history import History, dataset

if TYPE_CHECKING:
    from domain.scorecard import Scorecard

BEGAN = 1_700_000_000.0


def histories(leads: int, rare: int) -> list[History]:
    """Return leads of whom those of one campaign, and those who spend, convert more often."""
    rng = np.random.default_rng(7)
    made = []
    for number in range(leads):
        created_at = BEGAN + number * 600.0
        keen, spends = rng.random(2) < 0.5
        labels = ["campaign=verao" if keen else "campaign=inverno"]
        if number < rare:
            labels.append("page=rara")
        carried = Attributes(labels, 500.0 if spends else -5.0)
        converts = bool(rng.random() < 0.1 + 0.4 * keen + 0.3 * spends)
        made.append(
            History(
                str(number),
                created_at,
                {},
                [("page_view", created_at + 60.0)] * 2,
                Outcome(converts, created_at + DAY, "handoff" if converts else "lost_interest"),
                {1: carried},
            )
        )
    return made


def _said(card: Scorecard, amount: float) -> float:
    """Return the log-odds of a lead of whom only an amount is known."""
    state = LeadState(BEGAN)
    state.fold("page_view", BEGAN + 60.0, Attributes((), amount))
    return card.points(features(state, BEGAN + 60.0, card.directions)).log_odds


def test_a_campaign_and_what_was_spent_are_learned() -> None:
    taught = dataset(histories(600, FEWEST_LEADS - 1))
    card = fit_baseline(taught).model.scorecard(1)
    verao, inverno = (
        card.points({f"label:campaign={name}|count": log1p(1)}).log_odds
        for name in ("verao", "inverno")
    )
    assert verao > inverno + 0.5
    spent, returned = (_said(card, amount) for amount in (500.0, -5.0))
    assert spent > returned + 0.5
    assert not any(name.startswith("label:page") for name in card.pieces)


def test_a_label_that_enough_leads_share_is_learned_as_the_team_directs() -> None:
    policy = Policy(attribute_directions={"campaign=verao": "down"})
    taught = dataset(histories(600, FEWEST_LEADS), policy.directions)
    model = fit_baseline(taught, policy).model
    assert any(name.startswith("label:page=rara|") for name in model.basis.knots)
    named = [name for name in model.weights if name.startswith("label:campaign=verao|")]
    assert named
    assert all(model.weights[name] <= 0.0 for name in named)


def test_held_out_leads_are_asked_about_with_what_their_events_carried() -> None:
    asked = ask(histories(3, 3), Policy().directions)
    for lead_id, moment in zip(asked["lead_id"], asked["features"], strict=True):
        assert moment["label:page=rara|count"] == log1p(1), lead_id
        assert moment["amount|sum"] != 0.0
