"""The hand goes down where announcing holds writers up, and is up everywhere else."""

from __future__ import annotations

import math

import pytest

from stream.adaptive_notify import REST, WINDOW, AdaptiveNotify

LOOK = 0.005
"""Seconds between looks."""

ANNOUNCED, UNANNOUNCED = 2_300.0, 5_000.0
"""Changes a second that get through at the most, with the hand up and down."""


def share_up(notify: AdaptiveNotify, wanted: float, seconds: float, begin: float) -> float:
    """Have writers want so many changes a second; return the share of looks with the hand up."""
    up, looks = 0, round(seconds / LOOK)
    waiting = 0.0
    for look in range(looks):
        waiting += wanted * LOOK
        most = (ANNOUNCED if notify.enabled else UNANNOUNCED) * LOOK
        through = min(waiting, most)
        waiting -= through
        notify.count(round(through), begin + look * LOOK)
        up += notify.enabled
    return up / looks


@pytest.mark.parametrize("wanted", [0.0, 100.0, 900.0])
def test_a_few_changes_are_always_announced(wanted: float) -> None:
    assert share_up(AdaptiveNotify(), wanted, 60.0, 1_000.0) == 1.0


def test_many_changes_that_announcing_lets_through_are_announced() -> None:
    down = 1 - share_up(AdaptiveNotify(), 2_000.0, 5 * REST, 1_000.0)
    assert 0 < down < 3 * WINDOW / REST


def test_what_had_waited_in_line_is_no_gain() -> None:
    notify = AdaptiveNotify()
    share_up(notify, 2_000.0, 0.3, 1_000.0)
    assert not notify.enabled
    notify.count(450, 1_000.4)
    assert not notify.enabled
    notify.count(200, 1_000.5)
    assert notify.enabled


def test_writers_that_announcing_holds_up_need_not() -> None:
    notify = AdaptiveNotify()
    share_up(notify, math.inf, 1.0, 1_000.0)
    assert not notify.enabled
    assert share_up(notify, math.inf, 5 * REST, 1_001.0) == 0.0


def test_a_slow_moment_ends_nothing_that_gains() -> None:
    notify = AdaptiveNotify()
    share_up(notify, math.inf, 1.0, 1_000.0)
    share_up(notify, 100.0, 2 * WINDOW, 1_001.0)
    assert notify.enabled
    assert share_up(notify, math.inf, 5.0, 1_001.2) < 0.1


def test_the_hand_is_up_again_when_the_notify_has_gone() -> None:
    notify = AdaptiveNotify()
    share_up(notify, math.inf, 1.0, 1_000.0)
    share_up(notify, 100.0, 3 * WINDOW, 1_001.0)
    assert notify.enabled
