"""Heads: what can be asked, and how another one than the primary is."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf

import pytest

from domain.directions import Direction
from domain.heads import BUY_90D, CHURN_90D, QUALIFY, Anchor, Head, why_unusable
from domain.policy import Policy
from domain.state import DAY

NONE: frozenset[str] = frozenset()

FAULTS = {
    "names no event": replace(BUY_90D, converts=NONE),
    "purchase is a yes and a no": replace(BUY_90D, loses=BUY_90D.converts),
    "longer than 0 days": replace(BUY_90D, horizon=0.0),
    "must be longer": replace(BUY_90D, horizon=inf),
    "silence is no yes": replace(CHURN_90D, anchor=Anchor.CREATED),
    "two heads are called qualify": replace(BUY_90D, name="qualify"),
    "here it is buy_90d and qualify": Head("buy_90d", BUY_90D.converts, NONE, DAY, primary=True),
    "can't be rolling": replace(BUY_90D, primary=True),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_what_cant_be_asked_is_said(reason: str) -> None:
    assert reason in str(why_unusable([FAULTS[reason], QUALIFY]))


def test_one_head_is_primary() -> None:
    assert why_unusable([QUALIFY, BUY_90D, CHURN_90D]) is None
    assert "here it is none" in str(why_unusable([BUY_90D]))


@pytest.mark.parametrize("head", [BUY_90D, CHURN_90D])
def test_a_head_survives_its_json(head: Head) -> None:
    assert Head.from_json(json.loads(json.dumps(head.to_json()))) == head


def test_what_was_said_of_the_primary_head_says_nothing_of_another() -> None:
    policy = Policy(
        points={"demo": 9},
        event_directions={"demo": "up", "ping": "none"},
        attribute_directions={"amount": "none"},
    )
    buy = policy.asking("buy_90d")
    assert (policy.directions.of_event("handoff"), buy.directions.of_event("handoff")) == (
        Direction.UP,
        Direction.FREE,
    )
    assert buy.directions.events == {"ping": Direction.NONE}
    assert buy.directions.attributes == {"amount": Direction.NONE}
    assert not buy.directions.ranks
    assert not buy.rule_points
