"""A lead's answers, asked for in a form: of a new lead, and of one that is put right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from domain.partners.places import UFS
from ui.parts import SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.parts import Lead
    from ui.words import Words

CHOICES = {
    "segmento_interesse": ("segment", SEGMENTS),
    "uf": ("uf", UFS),
    "orcamento_faixa": ("budget", ("0-5k", "5k-20k", "20k-60k", "60k+")),
    "prazo_compra": ("deadline", ("7d", "30d", "90d")),
}
"""Answers that are chosen: where their words are, and the codes."""

ANSWERS = ("nome", *CHOICES, "cidade", "whatsapp", "email")

NEEDED = ("nome", "segmento_interesse")


def ask_for(said: Words, key: str, known: Mapping[str, str | None]) -> None:
    """Ask for a lead's answers, beginning with those that are known."""
    st.text_input(said("field.nome"), known.get("nome") or "", key=f"{key}:nome")
    left, right = st.columns(2)
    for place, (name, (section, codes)) in zip(
        (left, right, left, right), CHOICES.items(), strict=True
    ):
        now = known.get(name)
        options = [*codes, now] if now and now not in codes else list(codes)
        place.selectbox(
            said(f"field.{name}"), options, options.index(now) if now else None,
            key=f"{key}:{name}", format_func=partial(said.among, section),
            placeholder=said("create.pick"),
        )  # fmt: skip
    for place, name in ((left, "cidade"), (right, "whatsapp"), (st.container(), "email")):
        place.text_input(said(f"field.{name}"), known.get(name) or "", key=f"{key}:{name}")


def given(key: str) -> Lead:
    """Return the answers that were given; None where there is none."""
    return {name: (st.session_state.get(f"{key}:{name}") or "").strip() or None for name in ANSWERS}
