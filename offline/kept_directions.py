"""Whether events move the scores of real leads the way that their directions say."""

from collections.abc import Iterable, Iterator
from itertools import islice

from domain.directions import SIGN
from domain.features import features
from domain.scorecard import Scorecard
from domain.state import LeadState
from offline.history import History

LITTLE = 1e-9
"""Log-odds below which a move is the rounding of sums."""

MOST_CHECKED = 20_000
"""Events after which a score is compared with that before them, at the most."""


def moves(leads: Iterable[History], card: Scorecard) -> tuple[int, int]:
    """Return how many events with a direction were looked at, and how many moved a score wrongly.

    The score just after each event is compared with that just before it. What events carry is left
    out: its direction is its own.
    """
    gains = list(islice(_gains(leads, card), MOST_CHECKED))
    return len(gains), sum(gain < -LITTLE for gain in gains)


def _gains(leads: Iterable[History], card: Scorecard) -> Iterator[float]:
    """Yield by how many log-odds each event moved the score the way that its direction says."""
    directions = card.directions
    for lead in leads:
        state = LeadState(lead.created_at, lead.profile)
        for event_type, at in lead.events:
            if lead.outcome is not None and at >= lead.outcome.resolved_at:
                break
            sign = SIGN.get(directions.of_event(event_type), 0)
            before = card.points(features(state, at, directions)).log_odds if sign else 0.0
            state.fold(event_type, at)
            if sign:
                yield sign * (card.points(features(state, at, directions)).log_odds - before)
