"""What was spent on origins: recorded by day, and set against the leads they brought."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.session import api, fetch, perform, translator
from ui.theme import escape_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.translator import Translator

COMMAS = {"en": (",", ".")}
"""By language, what stands between thousands and before cents; elsewhere it is the other way."""


def amount(text: str, language: str) -> float | None:
    """Return an amount as people write it; None where it is none.

    Examples
    --------
    >>> amount("R$ 1.500,50", "pt-BR"), amount("1,500.50", "en"), amount("1500", "es")
    (1500.5, 1500.5, 1500.0)
    >>> amount("caro", "pt-BR")
    """
    thousands, cents = COMMAS.get(language, (".", ","))
    plain = re.sub(r"[R$\s]", "", text).replace(thousands, "").replace(cents, ".")
    found = float(plain) if re.fullmatch(r"\d{1,10}(\.\d{1,2})?", plain) else None
    return found or None


def spent(items: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return what was spent by origin."""
    by_origin: dict[str, float] = defaultdict(float)
    for item in items:
        by_origin[item["origin"]] += item["amount"]
    return by_origin


def recorded(by: str, weeks: int) -> list[dict[str, Any]]:
    """Return what was spent on origins of a kind in so many weeks."""
    items: list[dict[str, Any]] = fetch("/origins/costs", by=by, weeks=weeks)["items"]
    return items


def editor(
    translate: Translator, by: str, origins: Sequence[str], items: Sequence[Mapping[str, Any]]
) -> None:
    """Let the reader record what was spent, and take it back."""
    with st.expander(translate("costs.title"), icon=":material/payments:"):
        with st.form(f"cost:{by}:{len(items)}", border=False):  # one recorded leaves an empty form
            left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
            origin = left.selectbox(translate(f"origins.{by}"), origins, index=None)
            text = middle.text_input(translate("costs.amount"), placeholder="R$")
            today = translate.now().date()
            day = right.date_input(translate("action.day"), today, format=translate.date_picker)
            sent = st.form_submit_button(translate("costs.record"), icon=":material/add:")
        if sent:
            _record(translate, by, origin, text, day.isoformat())
        for item in items:
            with st.container(horizontal=True, vertical_alignment="center"):
                money = translate("card.money", amount=translate.number(item["amount"], 2))
                name = escape_markdown(item["origin"])
                st.markdown(f"{translate.day(item['day'])} · {name} · {escape_markdown(money)}")
                st.button(
                    translate("timeline.undo"), key=f"cost:{item['id']}", type="tertiary",
                    icon=":material/undo:", on_click=_remove, args=(item["id"],),
                )  # fmt: skip


def _record(translate: Translator, by: str, origin: str | None, text: str, day: str) -> None:
    known = amount(text, translate.language)
    if origin is None or known is None:
        st.warning(translate("costs.needed"), icon=":material/info:")
        return
    done = perform(
        lambda: api().post("/origins/costs", by=by, origin=origin, day=day, amount=known),
        translate("costs.recorded"),
    )
    if done is not None:
        st.rerun()


def _remove(number: int) -> None:
    done = translator()("costs.removed")
    perform(lambda: api().delete(f"/origins/costs/{number}"), done, once=f"cost {number}")
