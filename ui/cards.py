"""The board's cards, and what of them one reader sees."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from domain.bands import INBOX, Status
from domain.reasons import BY_HAND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOST = "PERDIDO"
"""The column of leads that said no, which stands beside the others only where it is asked for."""

STAGES = (INBOX, Status.WARMING.value, Status.QUALIFIED.value, Status.SENT.value)
"""The board's columns, left to right."""

FEWEST_DIGITS = 4
"""Digits from which a search is one for a telephone."""

OWN_COLUMNS = {
    "owner": ("owner", "owner_name", "responsavel", "vendedor"),
    "deal_value": ("deal_value", "valor_negocio", "valor"),
    "origin": ("origin", "origem", "utm_source"),
    "tags": ("tags", "etiquetas"),
}
"""Names under which a team's table of leads may have columns that cards show, by meaning."""

NO_DATE = "9999"
"""Year in which what has no date is due."""


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What moved a score last.

    Parameters
    ----------
    cause
        An event type, or another cause as in the score history.
    points
        By how much.
    before
        The score it came from; None where it was the first.
    at
        When it was scored, as the API says it.
    received_at
        When this server received_at of it, in seconds of its monotonic clock.
    """

    cause: str
    points: int
    before: int | None
    at: str
    received_at: float


@dataclass(frozen=True, slots=True)
class Card:
    """A lead on the board."""

    id: str
    name: str
    stage: str
    score: int
    uf: str
    city: str
    segment: str
    action: Mapping[str, Any] | None
    own_action: str | None
    due: str
    created_at: str
    scored_at: str
    search_text: str
    phone: str = ""
    email: str = ""
    change: ScoreChange | None = None
    lost: str | None = None
    """The event that says the lead is lost."""
    contacted_at: str = ""
    """When the team and the lead were last in touch, as the API says it; empty for never."""
    owner: str = ""
    deal_value: float | None = None
    origin: str = ""
    tags: tuple[str, ...] = ()
    group: int | None = None

    @property
    def column(self) -> str:
        """Where the card stands."""
        return LOST if self.lost else self.stage


def stage_of(lead: Mapping[str, Any]) -> str:
    """Return a lead's column.

    Examples
    --------
    >>> stage_of({"status": "AQUECENDO", "crm_stage": "INBOX"})
    'AQUECENDO'
    """
    status, stage = lead.get("status") or Status.CURIOUS, lead.get("crm_stage") or INBOX
    if status == Status.SENT:
        return Status.SENT.value
    if stage in STAGES[1:]:
        return str(stage)
    return str(status) if status in STAGES else INBOX


def card_of(lead: Mapping[str, Any], change: ScoreChange | None = None) -> Card:
    """Return a lead of the API's as a card."""
    action = lead.get("next_best_action")
    text = lead.get("next_action_text")
    suggested = action is not None and action.get("text") == text
    searched = [lead.get(name) for name in ("nome", "cidade", "whatsapp", "email")]
    due_on, due_at = lead.get("next_action_date") or NO_DATE, lead.get("next_action_time") or ""
    return Card(
        id=lead["id"],
        name=lead["nome"],
        stage=stage_of(lead),
        score=model_score(lead),
        uf=lead.get("uf") or "",
        city=lead.get("cidade") or "",
        segment=lead.get("segmento_interesse") or "",
        action=action if suggested else None,
        own_action=None if suggested else text,
        due=f"{due_on}T{due_at}",
        created_at=lead.get("created_at") or "",
        scored_at=lead.get("score_scored_at") or "",
        search_text=normalise(" ".join(str(value) for value in searched if value)),
        phone=lead.get("whatsapp") or "",
        email=lead.get("email") or "",
        change=change,
        owner=str(own_column(lead, "owner") or ""),
        deal_value=_amount(own_column(lead, "deal_value")),
        origin=str(own_column(lead, "origin") or ""),
        tags=_tags(own_column(lead, "tags")),
        group=lead.get("lead_group"),
    )


def own_column(lead: Mapping[str, Any], meaning: str) -> Any:
    """Return what the team's own column of a meaning says of a lead; None where there is none.

    Examples
    --------
    >>> own_column({"responsavel": "Bia"}, "owner"), own_column({}, "tags")
    ('Bia', None)
    """
    return next((lead[name] for name in OWN_COLUMNS[meaning] if lead.get(name)), None)


def _amount(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _tags(value: Any) -> tuple[str, ...]:
    """Return tags as a list, an array or a line with commas between them holds them."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(text for text in (str(part).strip() for part in parts) if text)


def model_score(lead: Mapping[str, Any]) -> int:
    """Return the score without what a place given by hand makes of it: a place is not a score.

    Examples
    --------
    >>> moved = {"fator": "Posição definida pela equipe", "code": "by_hand", "impacto": 16}
    >>> model_score({"score": 70, "score_motivos": [{"fator": "Prazo", "impacto": 54}, moved]})
    54
    """
    by_hand = (
        int(reason["impacto"])
        for reason in lead.get("score_motivos") or ()
        if reason.get("code") == BY_HAND
    )
    return int(lead.get("score") or 0) - sum(by_hand)


def digits(text: str) -> str:
    """Return a telephone's digits, without the zeros and the country code people leave out.

    Examples
    --------
    >>> digits("+55 (00) 99296-2739") == digits("99296 2739")
    True
    """
    only = re.sub(r"\D", "", text).lstrip("0")
    return re.sub(r"^55(?=\d{10})", "", only).lstrip("0")


def matches(card: Card, query: str) -> bool:
    """Tell whether a search finds a card: by its words in any order, or by a telephone's digits."""
    if all(word in card.search_text for word in normalise(query).split()):
        return True
    number = "" if re.search(r"[^\W\d]|@", query) else digits(query)
    return len(number) >= FEWEST_DIGITS and number in digits(card.phone)


def normalise(text: str) -> str:
    """Return text without accents and capitals, to be searched.

    Examples
    --------
    >>> normalise("João")
    'joao'
    """
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter)
    ).casefold()


class Cards:
    """All cards; threads may read and write at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_id: dict[str, Card] = {}
        self._lost: Mapping[str, str] = {}
        self._contacts: dict[str, str] = {}
        self._owners: dict[str, str] = {}
        self.revision = 0
        """Goes up with every change."""

    def set_lost(self, lost: Mapping[str, str]) -> None:
        """Take these for all leads that are lost, each by the event that says so."""
        with self._lock:
            self._lost = lost
            self._by_id = {
                lead_id: card
                if card.lost == lost.get(lead_id)
                else replace(card, lost=lost.get(lead_id))
                for lead_id, card in self._by_id.items()
            }
            self.revision += 1

    def set_contacts(self, contacts: Mapping[str, str]) -> None:
        """Take these for the last contacts of all leads, by lead."""
        with self._lock:
            self._contacts = dict(contacts)
            self._by_id = {
                lead_id: replace(card, contacted_at=contacts.get(lead_id, ""))
                for lead_id, card in self._by_id.items()
            }
            self.revision += 1

    def set_contacted(self, lead_id: str, at: str) -> None:
        """Take this for the last contact of one lead."""
        with self._lock:
            self._contacts[lead_id] = at
            if (card := self._by_id.get(lead_id)) is not None:
                self._by_id[lead_id] = replace(card, contacted_at=at)
                self.revision += 1

    def set_owners(self, owners: Mapping[str, str]) -> None:
        """Take these for whom leads are with, by lead, beside what leads themselves say."""
        with self._lock:
            for lead_id in {*self._owners, *owners}:
                if (card := self._by_id.get(lead_id)) is not None:
                    self._by_id[lead_id] = replace(card, owner=owners.get(lead_id, ""))
            self._owners = dict(owners)
            self.revision += 1

    def set_owner(self, lead_ids: Iterable[str], owner: str, *, kept: bool) -> None:
        """Take this for whom some leads are with; `kept` where they do not say so themselves."""
        with self._lock:
            for lead_id in lead_ids:
                if kept:
                    self._owners[lead_id] = owner
                if (card := self._by_id.get(lead_id)) is not None:
                    self._by_id[lead_id] = replace(card, owner=owner)
            self.revision += 1

    def replace(self, leads: Iterable[Mapping[str, Any]]) -> None:
        """Take these for all leads there are; what moved them last is kept."""
        cards = [card_of(lead) for lead in leads]
        with self._lock:
            self._by_id = {card.id: self._newer(card) for card in cards}
            self.revision += 1

    def put(self, lead: Mapping[str, Any], change: ScoreChange | None = None) -> None:
        """Take one lead as it is now; without a new `change` it keeps the last."""
        card = card_of(lead, change)
        with self._lock:
            self._by_id[card.id] = self._newer(card)
            self.revision += 1

    def _newer(self, card: Card) -> Card:
        """Return the card, or the one there is where that was scored later: answers overtake."""
        card = replace(
            card,
            lost=self._lost.get(card.id),
            contacted_at=self._contacts.get(card.id, ""),
            owner=self._owners.get(card.id, card.owner),
        )
        old = self._by_id.get(card.id)
        if old is None:
            return card
        if card.scored_at < old.scored_at:
            return old
        return card if card.change else replace(card, change=old.change)

    def set_change(self, lead_id: str, change: ScoreChange) -> None:
        """Say what moved one last."""
        with self._lock:
            if (card := self._by_id.get(lead_id)) is not None:
                self._by_id[lead_id] = replace(card, change=change)
                self.revision += 1

    def drop(self, lead_id: str) -> None:
        """Take one off."""
        with self._lock:
            self._by_id.pop(lead_id, None)
            self.revision += 1

    def get(self, lead_id: str) -> Card | None:
        """Return one."""
        return self._by_id.get(lead_id)

    def all(self) -> tuple[Card, ...]:
        """Return every card."""
        with self._lock:
            return tuple(self._by_id.values())
