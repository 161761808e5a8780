"""Day zero: the score is the sum of the team's rule points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.features import features
from domain.policy import OURS, Policy
from domain.rules import EVENT_RULES, PROFILE_POINTS
from domain.scorecard import Scale
from domain.state import LeadState
from online_models.day_zero import day_zero

NOW = 1_750_000_000.0
answers = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(sorted(each)) for name, each in PROFILE_POINTS.items()}
)
kinds = st.dictionaries(
    st.sampled_from([*EVENT_RULES, "aurora", "next_action_saved"]), st.integers(1, 5)
)
scales = st.tuples(st.floats(0.01, 0.5), st.floats(0.51, 0.99)).map(lambda two: Scale(*two))


@given(answers, kinds, scales, st.floats(0, 1e8))
def test_the_score_is_the_sum_of_the_rules(
    profile: dict[str, float | str], counts: dict[str, int], scale: Scale, later: float
) -> None:
    state = LeadState(NOW, profile)
    expected = sum(PROFILE_POINTS[name][str(answer)] for name, answer in profile.items())
    for kind, count in counts.items():
        for n in range(count):
            state.fold(kind, NOW + n)
        rule = EVENT_RULES.get(kind)
        expected += rule.points if rule and count >= rule.times else 0
    card = day_zero(Policy(warm=scale.warm, hot=scale.hot)).scorecard(0)
    points = card.points(features(state, NOW + later, OURS.directions))
    assert points.start == pytest.approx(0, abs=1e-9)
    assert points.total == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("spelling", ["MG", "mg", "Mg"])
def test_answers_count_however_they_are_written(spelling: str) -> None:
    card = day_zero().scorecard(0)
    assert card.points(
        features(LeadState(NOW, {"uf": spelling}), NOW, OURS.directions)
    ).total == pytest.approx(5)


def test_events_are_worth_what_the_team_says() -> None:
    state = LeadState(NOW)
    for kind in ("whatsapp_reply", "cta_click", "lost_interest"):
        state.fold(kind, NOW)
    card = day_zero(Policy(points={"whatsapp_reply": 35, "cta_click": 0})).scorecard(0)
    assert card.points(features(state, NOW, OURS.directions)).by_signal == {
        "event:whatsapp_reply": pytest.approx(35),
        "event:lost_interest": pytest.approx(-18),
    }
