"""Heads in galope.toml: what is declared, and what can't be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench.heads import declare
from bench.testbed import QUERIES as BENCH
from domain.features import features
from domain.heads import QUALIFY, Anchor, Head
from domain.policy import Policy
from domain.state import DAY
from postgres.errors import GalopeError
from postgres.install import install
from postgres.mapping import read_mapping
from tests.postgres.test_mapping import TRACKING, mapping, new_deal, sales
from tests.stream.replay import other_cards, stored, streaming

if TYPE_CHECKING:
    from pathlib import Path

    from postgres.connect import Connection

__all__ = ["sales"]


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


async def test_heads_score_mapped_rows_beside_the_primary_one(
    empty_database: str, sales: Connection
) -> None:
    await install(sales, mapping())
    await declare(sales, BENCH["decide"], 2)
    async with streaming(empty_database) as stream:
        deal = await new_deal(sales)
        await stream.drain()
        await sales.execute("INSERT INTO sales.visit (deal, page) VALUES ($1, 'a')", deal)
        await stream.drain()
        rows = await sales.fetch("SELECT * FROM galope.score ORDER BY head")
        assert [(row["head"], row["key"]) for row in rows] == [
            (head, str(deal)) for head in ("", "other_1", "other_2")
        ]
        assert [row["status"] is None for row in rows] == [False, True, True]
        cards, [(lead_id, state)] = await other_cards(sales), (await stored(sales)).items()
        for row in rows[1:]:
            card = cards[row["head"]]
            points = card.points(features(state, row["scored_at"].timestamp(), card.directions))
            assert row["probability"] == pytest.approx(points.propensity, abs=1e-6)
            assert row["lead_id"] == lead_id
        await sales.execute("DELETE FROM sales.deal")
        await stream.drain()
        assert not await sales.fetch("SELECT FROM galope.score")


async def test_alerts_are_opened_of_mapped_rows(empty_database: str, sales: Connection) -> None:
    await install(sales, mapping())
    await sales.execute(BENCH["decide"], '{"alerts": {"waiting": 0}}')
    async with streaming(empty_database) as stream:
        deal = await new_deal(sales)
        await sales.execute("INSERT INTO sales.visit (deal, page) VALUES ($1, 'a')", deal)
        await stream.drain()
        row = await sales.fetchrow(
            "SELECT a.motive, a.state, s.key FROM galope.alert AS a"
            " JOIN galope.score AS s USING (lead_id)"
        )
        assert row is not None
        assert (row["motive"], row["state"], row["key"]) == ("waiting", "open", str(deal))
        await sales.execute("DELETE FROM sales.deal")
        await stream.drain()
        assert not await sales.fetch("SELECT FROM galope.alert")


def test_another_head_may_be_the_primary_one(tmp_path: Path) -> None:
    policy = said(
        "[head.qualify]\nyes = ['y']\n"
        "[head.win]\nyes = ['won']\nhorizon_days = 60\nprimary = true\n",
        tmp_path,
    )
    assert (policy.head.name, policy.head.converts) == ("win_60d", frozenset({"won"}))
    assert policy.asking("qualify").head.converts == frozenset({"y"})
    assert said("", tmp_path).head == QUALIFY
