"""Until when a lead's next action is to be done, and for how long it was neglected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Literal

from ui.cards import NO_DATE

if TYPE_CHECKING:
    from ui.cards import Card
    from ui.translator import Translator

State = Literal["overdue", "today", "tomorrow", "later", "none"]

MARKS: dict[State, str] = {
    "overdue": "▲", "today": "■", "tomorrow": "◧", "later": "□", "none": "–",
}  # fmt: skip
"""Shapes beside the words, so that colour never stands alone."""


@dataclass(frozen=True, slots=True)
class Due:
    """When an action is due.

    Parameters
    ----------
    state
        Where that is from now.
    text
        The same in words, with the time.
    """

    state: State
    text: str

    @property
    def marked(self) -> str:
        """The words behind their shape."""
        return f"{MARKS[self.state]} {self.text}"


def contact_of(translate: Translator, card: Card) -> str:
    """Return in words how many days ago the team and a lead were last in touch, or that never."""
    if not card.contacted_at:
        if not card.created_at:
            return translate("contact.never")
        return translate("contact.never_since", ago=_days_ago(translate, card.created_at))
    return translate("contact.last", ago=_days_ago(translate, card.contacted_at))


def _days_ago(translate: Translator, moment: str) -> str:
    days = max((translate.now().date() - translate.local(moment).date()).days, 0)
    key = ("contact.today", "contact.yesterday", "contact.days")[min(days, 2)]
    return translate(key, days=days)


def due_of(translate: Translator, card: Card) -> Due:
    """Return when a card's next action is due, in the reader's words and time zone."""
    if card.due.startswith(NO_DATE):
        return Due("none", translate("due.none"))
    day, _, hour = card.due.partition("T")
    at, now = datetime.fromisoformat(f"{day}T{hour or time.max}"), translate.now()
    today = now.replace(tzinfo=None)
    days = (at.date() - today.date()).days
    if at < today:
        late = translate.duration((today - at).total_seconds())
        return Due("overdue", translate("due.overdue", time=late))
    clock = hour[:5]
    if days == 0:
        return Due("today", translate("due.today", hour=clock).strip())
    if days == 1:
        return Due("tomorrow", translate("due.tomorrow", hour=clock).strip())
    return Due("later", translate("action.due", day=translate.day(at.date()), hour=clock).strip())
