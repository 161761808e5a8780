"""Ways to reach a lead, each in the reader's own program; then it is asked what came of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import streamlit as st

from ui import contact_result

if TYPE_CHECKING:
    from ui.cards import Card
    from ui.translator import Translator

BRAZIL = "55"

AREA_AND_NUMBER = (10, 11)
"""Digits of a Brazilian number as people write it at home."""


def international(number: str) -> str | None:
    """Return a telephone's digits with the country's, or None where it is none.

    Examples
    --------
    >>> international("(34) 99999-0000"), international("+1 415 555 0000")
    ('5534999990000', '14155550000')
    >>> international("à noite")
    """
    digits = re.sub(r"\D", "", number)
    if number.strip().startswith("+") or len(digits) > max(AREA_AND_NUMBER):
        return digits or None
    return f"{BRAZIL}{digits}" if len(digits) in AREA_AND_NUMBER else None


def addresses(translate: Translator, name: str, phone: str, email: str) -> dict[str, str]:
    """Return where a lead is reached, by channel: call, WhatsApp with a greeting, e-mail."""
    number, greeting = international(phone), translate("contact.greeting", name=first_name(name))
    by_channel = {}
    if number:
        by_channel["call"] = f"tel:+{number}"
        by_channel["whatsapp"] = f"https://wa.me/{number}?text={quote(greeting)}"
    if "@" in email:
        by_channel["email"] = f"mailto:{quote(email, safe='@')}?body={quote(greeting)}"
    return by_channel


def first_name(name: str) -> str:
    """Return what a person is called."""
    return name.split(maxsplit=1)[0] if name.split() else name


ICONS = {"call": ":material/call:", "whatsapp": ":material/chat:", "email": ":material/mail:"}


def buttons(translate: Translator, card: Card) -> None:
    """Offer every way to reach a lead; whoever uses one is asked what came of it."""
    for channel, address in addresses(translate, card.name, card.phone, card.email).items():
        st.link_button(
            translate(f"contact.{channel}"), address, icon=ICONS[channel],
            key=f"contact:{channel}:{card.id}", on_click=contact_result.contacted,
            args=(card.id, channel),
        )  # fmt: skip
