"""Kinds of customers by a table of bounds."""

from __future__ import annotations

import pytest

from domain.customers.segments import SEGMENTS, Segment, segment_of, why_unusable
from domain.policy import OURS


@pytest.mark.parametrize(
    ("days", "orders", "spent", "segment"),
    [
        (60, 6, 1.0, "champions"),
        (60, 6, 0.99, "loyal"),
        (61, 6, 1.0, "loyal"),
        (120, 4, 0.0, "loyal"),
        (120, 3, 9.0, "promising"),
        (0, 1, 0.0, "promising"),
        (121, 4, 0.0, "at_risk"),
        (365, 3, 0.0, "hibernating"),
        (366, 80, 9.0, "lost"),
        (40_000, 1, 0.0, "lost"),
    ],
)
def test_the_first_row_that_holds_counts(
    days: float, orders: int, spent: float, segment: str
) -> None:
    assert segment_of(days, orders, spent, SEGMENTS) == segment


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        ([], "there is no segment"),
        ([Segment("a", days=9), Segment("a")], "two segments are called a"),
        ([Segment("a"), Segment("b")], "segment a has no bounds"),
        ([Segment("a", orders=2)], "the last segment, a, has bounds"),
    ],
)
def test_a_table_that_leaves_somebody_out_is_refused(segments: list[Segment], why: str) -> None:
    assert why in (why_unusable(segments) or "")


def test_the_policy_keeps_the_table() -> None:
    rows = [{"name": "ours", "days": 10.0}, {"name": "lost"}]
    decided = OURS.having({"customer_segments": rows}).customer_segments
    assert decided == (Segment("ours", days=10.0), Segment("lost"))
    assert tuple(Segment.from_json(segment.to_json()) for segment in decided) == decided
    assert OURS.customer_segments == SEGMENTS
