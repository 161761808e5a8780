"""Groups found in leads whose groups are known, matched with old ones, and put into by sums."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from domain.catalogue import LANGUAGES, catalogue
from domain.directions import FREE
from domain.grouping import Grouping, Mark
from offline.grouping import Found, find, matched
from offline.segments import told
from postgres.errors import TooLittleError

if TYPE_CHECKING:
    from domain.features import Features

SEED = 4

CENTRES = ((30, 1, 1), (1, 30, 2), (1, 1, 3), (30, 30, 1))
"""Clicks, visits and the budget's rank of four kinds of leads."""


def leads(count: int, seed: int = SEED) -> tuple[list[Features], list[int]]:
    rng = np.random.default_rng(seed)
    rows: list[Features] = []
    kinds = rng.integers(0, len(CENTRES), count).tolist()
    for kind in kinds:
        clicks, visits, budget = CENTRES[kind]
        rows.append(
            {
                "event:cta_click|count": log1p(rng.poisson(clicks)),
                "event:page_view|count": log1p(rng.poisson(visits)),
                "profile:orcamento_faixa|rank": float(budget),
                "event:asked_price|count": log1p(rng.poisson(clicks)),
                "profile:uf|mg": float(visits == 1),
                "profile:nome|number": 1.0,
            }
        )
    return rows, kinds


def test_groups_that_are_there_are_found_and_named_apart() -> None:
    rows, kinds = leads(600)
    found = find(rows, FREE, SEED)
    assert adjusted_rand_score(kinds, found.labels) > 0.9
    assert found.chosen > 0.9
    for language in LANGUAGES:
        names = {catalogue(language).group(marks) for marks in found.marks}
        assert len(names) == len(found.marks) >= 4
    # The sums put every row where the centres do, also once they were kept.
    again = Grouping.from_json(1, found.grouping.to_json())
    assert [again.nearest(row) for row in rows] == found.labels
    newer, their_kinds = leads(300, SEED + 1)
    assert adjusted_rand_score(their_kinds, [again.nearest(row) for row in newer]) > 0.9


def test_too_few_or_all_the_same_have_no_groups() -> None:
    rows, _ = leads(600)
    with pytest.raises(TooLittleError, match="There are 99"):
        find(rows[:99], FREE, SEED)
    with pytest.raises(TooLittleError, match="nearly the same"):
        find([{"profile:uf|mg": 1.0}] * 200, FREE, SEED)


def test_a_new_fit_keeps_the_numbers_of_the_groups_that_it_finds_again() -> None:
    before = [4, 4, 4, 4, 9, 9, 9, 9, None, None]
    assert matched(before, [2, 2, 2, 2, 1, 1, 1, 1, 3, 3], [1, 2, 3]) == {1: 9, 2: 4}
    assert matched(before, [1, 2, 3, 1, 1, 2, 3, 1, 2, 3], [1, 2, 3]) == {}
    assert matched([None] * 3, [1, 2, 3], [1, 2, 3]) == {}


@pytest.mark.parametrize(
    ("old", "kept"), [("event:page_view|count", True), ("event:asked_price|count", False)]
)
def test_a_group_keeps_its_name_unless_another_one_is_named_so(old: str, kept: bool) -> None:
    new = [Mark("event:cta_click|count", above=True)], [Mark("event:asked_price|count", above=True)]
    found = Found(Grouping(0, [7, 8], [0.0, 0.0], {}, FREE), [], list(new), {2: 1.0})
    before = [{"number": 7, "marks": [[old, True]]}]
    names = [one["marks"] for one in told(found, [], before)]
    assert names == [[Mark(old, above=True)] if kept else new[0], new[1]]
