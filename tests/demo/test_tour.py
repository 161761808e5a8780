from __future__ import annotations

from dataclasses import asdict
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bench import worlds
from demo.population import DAY, MINUTE, World
from demo.tour import HANDOFF, LATER, SILENCE, TOUR, TOUR_LEAD, tour
from domain.bands import Status
from domain.features import event_signal, features
from domain.profile import profile_of
from domain.scoring import score_lead
from domain.state import LeadState
from online_models.day_zero import day_zero

if TYPE_CHECKING:
    from rich.console import Console

    from demo.live import DemoSession
    from domain.scorecard import Points, Scorecard
    from domain.scoring import Scored

START = 1_760_000_000.0
WARMING = TOUR[: TOUR.index(SILENCE)]
WITH_ITS_OWN_REASON = frozenset({"hook_complete", "cta_click", "whatsapp_reply"})


class Step(NamedTuple):
    """What happened, and how the lead stood then."""

    kind: str
    scored: Scored
    points: Points


@pytest.fixture(scope="module")
def trained() -> Scorecard:
    """What is learned of the demo's business, as much of it as is seeded."""
    return worlds.trained(worlds.leads_of(World(), 7, 3_000)).scorecard(1)


@pytest.fixture(params=["day zero", "trained"])
def card(request: pytest.FixtureRequest) -> Scorecard:
    if request.param == "day zero":
        return day_zero().scorecard(0)
    learned: Scorecard = request.getfixturevalue("trained")
    return learned


def told(card: Scorecard) -> list[Step]:
    """The tour's steps but for the handoff, a minute apart, and its three days."""
    state, now = LeadState(START, profile_of(asdict(TOUR_LEAD))), START
    steps = [Step("", score_lead(state, card, now), _points(state, card, now))]
    for kind in TOUR[: TOUR.index(HANDOFF)]:
        now += 3 * DAY if kind == SILENCE else MINUTE
        state.fold(kind, now)
        steps.append(Step(kind, score_lead(state, card, now), _points(state, card, now)))
    return steps


def _points(state: LeadState, card: Scorecard, now: float) -> Points:
    return card.points(features(state, now, card.directions))


def gains(before: Points, after: Points) -> dict[str, float]:
    """What each signal adds to a move."""
    names = {*before.by_signal, *after.by_signal}
    return {name: after.by_signal.get(name, 0) - before.by_signal.get(name, 0) for name in names}


def test_what_a_lead_does_raises_its_score_for_its_own_reason(card: Scorecard) -> None:
    steps = told(card)
    for before, after in pairwise(steps[: len(WARMING) + 1]):
        assert after.scored.score >= before.scored.score
        if after.kind in WITH_ITS_OWN_REASON:
            gained = gains(before.points, after.points)
            assert after.scored.score > before.scored.score
            assert max(gained, key=gained.__getitem__) == event_signal(after.kind)
    views = WARMING.count("page_view")
    gained = gains(steps[0].points, steps[views].points)
    assert steps[views].scored.score > steps[0].scored.score
    assert gained[event_signal("page_view")] >= 1.0


def test_three_days_of_silence_take_some_of_it_back(card: Scorecard) -> None:
    scores = [step.scored.score for step in told(card)]
    after = scores[len(WARMING) + 1]
    assert scores[0] < after < scores[len(WARMING)]


def test_the_pitch_ends_qualified(card: Scorecard) -> None:
    assert told(card)[-1].scored.status == Status.QUALIFIED


async def test_the_tour_is_played_on_the_stream(session: DemoSession, pipe: Console) -> None:
    scored = await tour(session, pace=0)
    expected = [LATER if kind == SILENCE else kind for kind in TOUR]
    assert [event.event_type for event in scored] == expected
    assert [event.after for event in scored] == [
        21, 21, 31, 46, 66, 74, 68, 83, 93, 100, 100,
    ]  # fmt: skip
    assert [event.status for event in scored][-2:] == ["QUALIFICADO", "ENVIADO"]
    for before, event in pairwise(scored):
        assert event.before == before.after
        assert sum(line.points for line in event.reasons) == event.after
    assert isinstance(pipe.file, StringIO)
    printed = pipe.file.getvalue()
    assert "Helena Prado Neves: cta_click: 46 → 66 AQUECENDO" in printed
    assert f"Helena Prado Neves: {LATER}: 74 → 68 AQUECENDO" in printed
    session.screen.summary(scored)
    assert "11 events  21 → 100  ENVIADO" in pipe.file.getvalue()


async def test_silence_dates_the_lead_and_all_it_did_three_days_back(session: DemoSession) -> None:
    scored = await tour(session, pace=0)
    days = await session.connection.fetch(
        "SELECT event_type, (extract(epoch FROM now() - ts) / 86400)::float8 AS days FROM events"
        " WHERE lead_id = $1",
        scored[0].lead_id,
    )
    for row in days:
        assert row["days"] == pytest.approx(3 if row["event_type"] in WARMING else 0, abs=0.1)


async def test_a_lead_that_is_not_qualified_is_not_handed_off(
    session: DemoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.tour.TOUR", ("page_view", HANDOFF))
    scored = await tour(session, pace=0)
    assert [event.event_type for event in scored] == ["page_view"]


async def test_the_tour_can_be_stopped(session: DemoSession) -> None:
    session.stopping.set()
    assert await tour(session) == []
