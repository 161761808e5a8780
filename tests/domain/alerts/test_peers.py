"""Who buys less of a family than chance and taste explain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from domain.alerts.peers import FEWEST, Share, at_most, lack_of, share_of
from domain.state import LeadState

PEERS = {"family=racao": Share(0.6, 15.0), "family=selaria": Share(0.4, 15.0)}


def customer(**families: int) -> LeadState:
    state = LeadState(0.0)
    for family, times in families.items():
        for at in range(times):
            state.labels.add(f"family={family}", float(at))
    return state


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.01, 0.99), st.floats(1.0, 200.0))
def test_the_chance_of_so_little_is_the_beta_binomial_one(
    count: int, of: int, mean: float, alike: float
) -> None:
    count = min(count, of)
    there = betabinom.cdf(count, of, mean * alike, (1.0 - mean) * alike)
    assert at_most(count, of, Share(mean, alike)) == pytest.approx(there, abs=1e-9)


def test_the_family_that_is_lacking_is_named() -> None:
    lack = lack_of(customer(selaria=20, racao=1), PEERS)
    assert lack is not None
    assert (lack.family, lack.chance < 0.02) == ("racao", True)
    # Beside 20 of the one, 30 of the other are usual.
    assert lack.missing == pytest.approx(29 / 21)


@pytest.mark.parametrize("families", [{"racao": 12, "selaria": 8}, {"selaria": FEWEST - 1}, {}])
def test_who_buys_as_others_do_or_too_little_to_tell_lacks_none(families: dict[str, int]) -> None:
    assert lack_of(customer(**families), PEERS) is None


def test_taste_is_told_from_chance() -> None:
    chance = np.random.default_rng(3)
    bought = chance.integers(8, 40, 4_000)
    shares = chance.binomial(bought, chance.beta(3.0, 7.0, 4_000)) / bought
    found = share_of(shares.mean(), shares.var(), (1.0 / bought).mean())
    assert found.mean == pytest.approx(0.3, abs=0.02)
    assert found.alike == pytest.approx(10.0, rel=0.15)
