"""Learning which action helps, and telling whether that pays."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bench.decision_world import ALLOWED, USUAL, drawn_team
from domain.actions import Action
from domain.heads import QUALIFY
from domain.recommendations import FEWEST_DRAWS, WINDOW
from offline.actions import fit, read
from offline.actions import main as learn
from postgres.errors import TooLittleError
from tests.stream.replay import decide, new_event, new_lead

if TYPE_CHECKING:
    from postgres.connect import Connection

FLOOR = 0.1

BEST = 0.35
"""The share that answers to the best action."""

team = partial(drawn_team, floor=0.2, helped=BEST)


def test_what_helps_decides_once_it_is_seen_to() -> None:
    learned, report = fit(team(2_000, best=Action.NURTURE), FLOOR, decided=False)
    assert report["decides"]
    assert report["difference"]["low"] > 0
    # With the floor, the rules would bring a little of the best, and the best a little of others.
    gain = BEST - USUAL
    for policy, share in (("rules", 0.1), ("learned", 0.8)):
        estimate = report[policy]["dr"]
        assert estimate["low"] < USUAL + share * gain < estimate["high"]
    chances = learned.chances({"profile:uf|sp": 1.0}, ALLOWED, Action.REPLY)
    assert chances[Action.NURTURE] == pytest.approx(0.8)


def test_it_is_learned_whom_an_action_helps() -> None:
    draws = team(4_000, best=Action.NURTURE, of=("sp", "mg"))
    learned, _ = fit(draws, FLOOR, decided=False)
    helped = learned.chances({"profile:uf|sp": 1.0}, ALLOWED, Action.REPLY)
    others = learned.chances({"profile:uf|mg": 1.0}, ALLOWED, Action.REPLY)
    assert helped[Action.NURTURE] > 0.75 > others[Action.NURTURE]


@pytest.mark.parametrize("decided", [False, True])
def test_where_nothing_is_seen_who_decides_goes_on(decided: bool) -> None:
    _, report = fit(team(400, best=None), FLOOR, decided=decided)
    assert report["difference"]["low"] < 0 < report["difference"]["high"]
    assert report["decides"] is decided


def test_what_an_experiment_concluded_stands_until_the_draws_are_newer() -> None:
    draws = team(2_000, best=Action.NURTURE)
    at = draws[-1].at
    _, report = fit(draws, FLOOR, decided=False, concluded_at=at)
    assert report["difference"]["low"] > 0.0
    assert (report["decides"], report["concluded_at"]) == (False, at)
    _, report = fit(draws, FLOOR, decided=False, concluded_at=draws[0].at - 1.0)
    assert (report["decides"], report["concluded_at"]) == (True, None)


def test_rules_that_are_right_take_over_again() -> None:
    """What the older half taught is wrong in the newer one: the world has turned."""
    older = team(2_000, best=Action.NURTURE)
    newer = team(2_000, best=Action.REPLY, seed=2)
    _, report = fit(older + newer, FLOOR, decided=True)
    assert report["difference"]["high"] < 0
    assert not report["decides"]


@pytest.mark.no_cover
def test_alarms_are_seldom_false() -> None:
    """Where all actions are alike, nothing is seen to help more often than one look may err."""
    looks = 60
    found = sum(
        fit(team(600, best=None, seed=seed), FLOOR, decided=False)[1]["decides"]
        for seed in range(looks)
    )
    # Once in forty is 1.5 of them; more than 6 would come by chance once in a thousand times.
    assert found <= 6


@pytest.mark.parametrize("floor", [0.02, 0.05])
@pytest.mark.no_cover
def test_few_draws_decide_nothing(floor: float) -> None:
    """Intervals of a handful of leads that were helped do not hold what they promise."""
    looks = 100
    found = sum(
        fit(team(200, best=None, floor=floor, seed=seed), floor, decided=False)[1]["decides"]
        for seed in range(looks)
    )
    assert found <= 8


def test_too_little_is_said() -> None:
    with pytest.raises(TooLittleError, match=f"of 199 .* where it takes {FEWEST_DRAWS}"):
        fit(team(FEWEST_DRAWS - 1, best=Action.REPLY), FLOOR, decided=False)


async def _draw(connection: Connection, lead: object, hours: float, action: str) -> None:
    decision = {
        "at": 0.0,
        "action": action,
        "lot": 0.1 if action == "nurture" else 0.5,
        "suggested": "reply",
        "chances": {"nurture": 0.2, "reply": 0.8},
        "features": {"profile:uf|sp": 1.0},
    }
    await connection.execute(
        "INSERT INTO galope.score_history (lead_id, scored_at, cause, score_after, status,"
        " probability, points, model_version, decision)"
        " VALUES ($1, now() - make_interval(secs => $2), 'x', 5, 'CURIOSO', 0.1, '[]', 0, $3)",
        lead, 3600.0 * hours, json.dumps(decision),
    )  # fmt: skip


async def test_of_a_lead_one_draw_in_a_window_is_read(connection: Connection) -> None:
    window = WINDOW / 3600
    lead, other = await new_lead(connection), await new_lead(connection, "Ben")
    for hours in (5 * window, 4.5 * window, 3.5 * window, 0.5 * window):
        await _draw(connection, lead, hours, "nurture")
    await _draw(connection, other, 2 * window, "reply")
    await new_event(connection, other, "asked_price", 1.5 * WINDOW)
    found = await read(connection, QUALIFY)
    assert [(one.lead_id, one.draw.action, one.helped) for one in found] == [
        (str(lead), Action.NURTURE, False),
        (str(lead), Action.NURTURE, False),
        (str(other), Action.REPLY, True),
    ]


async def test_the_command_says_what_it_found(
    database: str,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", database)
    assert await asyncio.to_thread(learn, []) == 0
    assert "The rules decide: let actions be drawn first" in capsys.readouterr().out
    await decide(connection, action_floor=FLOOR)
    assert await asyncio.to_thread(learn, []) == TooLittleError.exit_code
    assert "of 0 actions that were drawn" in capsys.readouterr().err
    for number in range(FEWEST_DRAWS):
        lead = await new_lead(connection, f"Lead {number}")
        await _draw(connection, lead, 100, "nurture" if number % 5 == 0 else "reply")
        if number % 10 == 0:
            await new_event(connection, lead, "asked_price", 90 * 3600.0)
    assert await asyncio.to_thread(learn, []) == 0
    said = capsys.readouterr().out
    assert f"{FEWEST_DRAWS} draws of {FEWEST_DRAWS} leads; the newest 100 test" in said
    assert "learned over rules" in said
    kept = await connection.fetchval("SELECT report FROM galope.action_model")
    assert json.loads(kept)["log"] == pytest.approx(0.1)
