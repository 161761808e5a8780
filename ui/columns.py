"""The board's columns: what of the cards one reader sees."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nlargest
from operator import attrgetter
from typing import TYPE_CHECKING

from ui.cards import LOST, STAGES, Card, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = 20
"""Cards of a column shown at first, and added by each request for more."""

RECENT_S = 900.0
"""Seconds for which a card that moved is shown even where its column's page ends before it: about
as long as a conversation takes."""

MAX_RECENT = 10
"""Such cards of a column at the most."""


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What one reader wants to see.

    Parameters
    ----------
    search
        In name, city, telephone and e-mail.
    segment, uf
        Only these; empty for all.
    order
        ``score``, or ``due`` for what is to be done first.
    shown
        Cards by stage, at the most.
    lost
        Whether those who said no have a column.
    ids
        Only these leads; empty for all.
    owners
        Only leads of these, in small letters, nobody being empty; none for everybody's.
    group
        Only leads in the group of this number; 0 for all.
    compact
        Whether cards say only what is to be done next.
    wall
        Whether strangers see it: cards say nobody's name, nor what people wrote.
    """

    search: str = ""
    segment: str = ""
    uf: str = ""
    order: str = "score"
    shown: tuple[int, ...] = (PAGE,) * (len(STAGES) + 1)
    lost: bool = False
    ids: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    group: int = 0
    compact: bool = False
    wall: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how many cards it has, and the first of them."""

    stage: str
    total: int
    cards: tuple[Card, ...]


def columns(cards: Iterable[Card], filters: BoardFilter, now: float) -> tuple[Column, ...]:
    """Return what a reader sees of the cards.

    Parameters
    ----------
    cards
        All there are.
    filters
        What the reader wants to see.
    now
        In seconds of the clock of `ScoreChange.received_at`.
    """
    stages = (*STAGES, LOST) if filters.lost else STAGES
    by_stage: dict[str, list[Card]] = {stage: [] for stage in (*STAGES, LOST)}
    for card in cards:
        if (
            matches(card, filters.search)
            and (not filters.segment or card.segment == filters.segment)
            and (not filters.uf or card.uf == filters.uf)
            and (not filters.group or card.group == filters.group)
            and (not filters.ids or card.id in filters.ids)
            and (not filters.owners or card.owner.casefold() in filters.owners)
        ):
            by_stage[card.column].append(card)
    for column_cards in by_stage.values():
        column_cards.sort(key=attrgetter("created_at", "id"), reverse=True)
        column_cards.sort(key=attrgetter("score"), reverse=True)
        if filters.order == "due":
            column_cards.sort(key=attrgetter("due"))
    return tuple(
        Column(stage, len(by_stage[stage]), _first(by_stage[stage], limit, now))
        for stage, limit in zip(stages, filters.shown, strict=False)
    )


def _first(cards: list[Card], limit: int, now: float) -> tuple[Card, ...]:
    """Return the first cards, and those of the rest that moved last."""
    moved = [
        card for card in cards[limit:] if card.change and card.change.received_at > now - RECENT_S
    ]
    newest = {card.id for card in nlargest(MAX_RECENT, moved, key=attrgetter("change.received_at"))}
    return (*cards[:limit], *(card for card in moved if card.id in newest))
