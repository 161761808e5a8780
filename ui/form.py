"""A lead's answers, asked for in a form: of a new lead, and of one that is put right."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from domain.partners.places import UFS
from ui.contact import international
from ui.lead_view import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.lead_view import Lead
    from ui.translator import Translator

CHOICES = {
    "segmento_interesse": ("segment", SEGMENTS),
    "uf": ("uf", UFS),
    "orcamento_faixa": ("budget", ("0-5k", "5k-20k", "20k-60k", "60k+")),
    "prazo_compra": ("deadline", ("7d", "30d", "90d")),
}
"""Answers that are chosen: where their words are, and the codes."""

ANSWERS = ("nome", *CHOICES, "cidade", "whatsapp", "email")

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

REQUIRED = ("nome", "segmento_interesse")


def lead_inputs(translate: Translator, key: str, values: Mapping[str, str | None]) -> None:
    """Ask for a lead's answers, beginning with those that are known."""
    st.text_input(translate("field.nome"), values.get("nome") or "", key=f"{key}:nome")
    left, right = st.columns(2)
    for place, (name, (section, codes)) in zip(
        (left, right, left, right), CHOICES.items(), strict=True
    ):
        current = values.get(name)
        options = [*codes, current] if current and current not in codes else list(codes)
        place.selectbox(
            translate(f"field.{name}"), options, options.index(current) if current else None,
            key=f"{key}:{name}", format_func=partial(translate.among, section),
            placeholder=translate("create.pick"),
        )  # fmt: skip
    for place, name in ((left, "cidade"), (right, "whatsapp"), (st.container(), "email")):
        place.text_input(translate(f"field.{name}"), values.get(name) or "", key=f"{key}:{name}")


def problem(translate: Translator, values: Mapping[str, str | None]) -> str | None:
    """Return in words what can't be as it was given, or None.

    Examples
    --------
    >>> from ui.translator import Translator
    >>> problem(Translator("en"), {"nome": "Ana", "segmento_interesse": "CAVALOS", "email": "ana"})
    'This is no e-mail address: ana'
    """
    if not all(values[name] for name in REQUIRED):
        return translate("create.incomplete")
    email, phone = values.get("email"), values.get("whatsapp")
    if email and not EMAIL.fullmatch(email):
        return translate("create.bad_email", email=email)
    if phone and international(phone) is None:
        return translate("create.bad_phone", phone=phone)
    return None


def input_values(key: str) -> Lead:
    """Return the answers that were given; None where there is none."""
    return {name: (st.session_state.get(f"{key}:{name}") or "").strip() or None for name in ANSWERS}
