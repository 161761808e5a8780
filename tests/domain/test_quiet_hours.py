"""Hours in which nothing is due."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from domain.quiet_hours import QuietHours

NIGHT, NOON = QuietHours(time(20), time(8)), QuietHours(time(12), time(13, 30))


@pytest.mark.parametrize(
    ("hours", "moment", "over"),
    [
        (NIGHT, "2026-05-04T19:59", "2026-05-04T19:59"),
        (NIGHT, "2026-05-04T20:00", "2026-05-05T08:00"),
        (NIGHT, "2026-12-31T23:59", "2027-01-01T08:00"),
        (NIGHT, "2026-05-05T00:00", "2026-05-05T08:00"),
        (NIGHT, "2026-05-05T07:59", "2026-05-05T08:00"),
        (NIGHT, "2026-05-05T08:00", "2026-05-05T08:00"),
        (NOON, "2026-05-04T11:59", "2026-05-04T11:59"),
        (NOON, "2026-05-04T12:00", "2026-05-04T13:30"),
        (NOON, "2026-05-04T13:30", "2026-05-04T13:30"),
    ],
)
def test_what_falls_into_them_is_due_when_they_are_over(
    hours: QuietHours, moment: str, over: str
) -> None:
    assert hours.over(datetime.fromisoformat(moment)) == datetime.fromisoformat(over)


def test_they_are_kept_as_they_were_said() -> None:
    assert QuietHours.from_json(NOON.to_json()) == NOON
    assert NOON.to_json() == {"begin": "12:00", "end": "13:30"}
