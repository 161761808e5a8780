"""Heads in galope.toml: what is declared, and what can't be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from domain.heads import QUALIFY, Anchor, Head
from domain.policy import Policy
from domain.state import DAY
from postgres.errors import GalopeError
from postgres.mapping import read_mapping
from tests.postgres.test_mapping import TRACKING

if TYPE_CHECKING:
    from pathlib import Path


def said(text: str, folder: Path) -> Policy:
    """Return what counts with a file that tracks something and says this."""
    file = folder / "galope.toml"
    file.write_text(TRACKING + text, encoding="utf-8")
    return Policy().having(json.loads(json.dumps(read_mapping(file).policy)))


TWO = "[head.buy]\nyes = ['y']\n{0}\n[head.win]\nyes = ['z']\n{0}\n"

NONSENSE = {
    "[head.buy]\nhorizon_days = 9": "head buy: it names no event",
    "[head.buy]\nyes = ['y']\nhorizon_days = 0": r"head\.buy\.horizon_days: .*than 0",
    "[head.buy]\nyes = ['y']\nno = ['y']": "head buy: y is a yes and a no",
    "[head.buy]\nyes = ['y']\n[head.buy]\nyes = ['z']": "can't be read.*buy.*twice",
    "[head.'Buy it']\nyes = ['y']": r"head\.Buy it",
    "[head.buy]\nyes = ['y']\nanchor = 'weekly'": r"head\.buy\.anchor",
    "[head.buy]\nno = ['y']": "head buy: from a lead's creation silence is no yes",
    "[head.qualify]\nyes = ['y']\nanchor = 'rolling'": "primary head is asked once",
    TWO.format("primary = true"): "one head is primary.*here it is buy and win",
    TWO.format("") + "[head.qualify_7d]\nyes = ['z']\n"
    "[head.qualify]\nyes = ['y']\nhorizon_days = 7": "two heads are called qualify_7d",
}


@pytest.mark.parametrize("text", NONSENSE)
def test_a_head_that_cant_be_asked_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(GalopeError, match=NONSENSE[text]):
        said(text, tmp_path)


def test_heads_are_declared_beside_the_primary_one(tmp_path: Path) -> None:
    policy = said(
        "[head.buy]\nyes = ['order']\nhorizon_days = 60\nanchor = 'rolling'\n"
        "[head.leave]\nno = ['order']\nanchor = 'rolling'\n",
        tmp_path,
    )
    assert policy.head == QUALIFY
    assert policy.asking("qualify") == policy
    buy, leave = (policy.asking(name).head for name in ("buy", "leave"))
    assert buy == Head("buy", frozenset({"order"}), frozenset(), 60 * DAY, Anchor.ROLLING)
    assert (leave.silence_converts, leave.loses) == (True, frozenset({"order"}))
    with pytest.raises(ValueError, match="no head sell, only qualify, buy_90d, churn_90d, buy"):
        policy.asking("sell")


def test_another_head_may_be_the_primary_one(tmp_path: Path) -> None:
    policy = said(
        "[head.qualify]\nyes = ['y']\n"
        "[head.win]\nyes = ['won']\nhorizon_days = 60\nprimary = true\n",
        tmp_path,
    )
    assert (policy.head.name, policy.head.converts) == ("win_60d", frozenset({"won"}))
    assert policy.asking("qualify").head.converts == frozenset({"y"})
    assert said("", tmp_path).head == QUALIFY
