"""Which way an event or an answer may move a score at the moment when it comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from domain.rules import CONTACT, MANUAL_MOVE, PROFILE_POINTS

NOTES = frozenset({CONTACT, "next_action_saved", "next_action_cleared", "note"})
"""Events with which the team notes something for itself."""

ORDERED = ("orcamento_faixa", "prazo_compra")
"""Columns of which an answer is better the more points the rules give it."""


class Direction(StrEnum):
    """Which way a score may go because of an event or an answer."""

    UP = "up"
    """It never lowers a score."""
    DOWN = "down"
    """It never raises one."""
    FREE = "free"
    """What history says."""
    NONE = "none"
    """No model reads it."""


SIGN = {Direction.UP: 1, Direction.DOWN: -1}
"""Sign of the weights of what has a direction."""


@lru_cache(maxsize=4096)
def default_direction(event_type: str, points: int) -> Direction:
    """Return the direction of an event type that the rules give so many points.

    Parameters
    ----------
    event_type
        Any event type. What the team notes, and the cards it moves, say nothing of the lead.
    points
        Its rule points; 0 for an event type that the rules do not know.

    Examples
    --------
    >>> default_direction("cta_click", 20), default_direction("crm_manual_move:INBOX", 0)
    (<Direction.UP: 'up'>, <Direction.NONE: 'none'>)
    """
    if event_type in NOTES or event_type.startswith(MANUAL_MOVE):
        return Direction.NONE
    if points == 0:
        return Direction.FREE
    return Direction.UP if points > 0 else Direction.DOWN


def answer_order(column: str) -> tuple[str, ...]:
    """Return the answers of one of the rules' columns, the worst first.

    Examples
    --------
    >>> answer_order("prazo_compra")
    ('90d', '30d', '7d')
    """
    points = PROFILE_POINTS[column]
    return tuple(sorted(points, key=points.__getitem__))


@dataclass(frozen=True, slots=True)
class Directions:
    """The directions that a model keeps, whatever its features do.

    An event with a direction has features of its own that only move with it; so do the recencies
    of everything that speaks for a lead and of everything that speaks against it. What has no
    direction has another recency, which those events do not touch. Weights of one sign are then
    enough for the promise: no history needs to be looked at.

    Parameters
    ----------
    events
        By event type; others are free, and the cards that the team moves have none.
    answers
        By column: whether giving an answer, or a greater number, may only raise or lower a score.
    orders
        By column, its answers from the worst to the best. A better one never lowers a score.
    attributes
        By what events carry: a label such as ``campaign=verao``, or ``amount``. They are free, and
        move a score beside the event that carries them.
    """

    events: Mapping[str, Direction] = field(default_factory=dict)
    answers: Mapping[str, Direction] = field(default_factory=dict)
    orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    attributes: Mapping[str, Direction] = field(default_factory=dict)
    ranks: Mapping[str, Mapping[str, float]] = field(init=False, repr=False, compare=False)
    """By column and answer, its place in the order, the worst being 1."""

    def __post_init__(self) -> None:
        ranks = {
            column: {answer.casefold(): float(place) for place, answer in enumerate(answers, 1)}
            for column, answers in self.orders.items()
        }
        object.__setattr__(self, "ranks", ranks)

    def of_event(self, event_type: str) -> Direction:
        """Return an event type's direction."""
        known = self.events.get(event_type)
        return default_direction(event_type, 0) if known is None else known

    def to_json(self) -> dict[str, dict[str, str] | dict[str, list[str]]]:
        """Return the directions as JSON values."""
        return {
            "events": {kind: str(direction) for kind, direction in self.events.items()},
            "answers": {column: str(direction) for column, direction in self.answers.items()},
            "orders": {column: list(answers) for column, answers in self.orders.items()},
            "attributes": {name: str(direction) for name, direction in self.attributes.items()},
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Mapping[str, object]]) -> "Directions":
        """Return what `to_json` wrote."""
        return cls(
            {kind: Direction(str(value)) for kind, value in values["events"].items()},
            {column: Direction(str(value)) for column, value in values["answers"].items()},
            {column: tuple(map(str, list(value))) for column, value in values["orders"].items()},  # type: ignore[call-overload]
            {name: Direction(str(value)) for name, value in values.get("attributes", {}).items()},
        )


FREE = Directions()
"""Every event and answer as history says."""
