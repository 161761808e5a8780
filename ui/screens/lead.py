"""One lead: its score and where it comes from on the left, what to do with it on the right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from ui import charts, form, look, parts, tasks, trial
from ui.cards import plain
from ui.client import RefusedError
from ui.files import personal_data, report
from ui.session import act, api, aside, ask, calm, live, part, refusal, words

if TYPE_CHECKING:
    from ui.words import Words

FOUND = 8
"""Leads offered while one is searched for, at the most."""

BRAZIL = "55"

AREA_AND_NUMBER = (10, 11)
"""Digits of a Brazilian number as people write it at home."""


def show() -> None:
    """Draw the page of the lead in the address."""
    said = words()
    lead_id = st.query_params.get("id") or st.session_state.get("lead")
    if not lead_id:
        look.title(said("page.lead"), said("lead.choose"))
        _search(said)
        return
    try:
        lead = parts.lead_now(lead_id)
    except RefusedError as error:
        st.session_state.pop("lead", None)
        look.title(said("page.lead"), said("lead.choose"))
        st.warning(refusal(error), icon=":material/info:")
        _search(said)
        return
    st.session_state.lead = lead_id
    st.query_params["id"] = lead_id
    head, buttons = st.columns([3, 2], vertical_alignment="center")
    with head:
        look.title(lead["nome"], parts.about(said, lead))
    with buttons, st.container(horizontal=True, horizontal_alignment="right"):
        if address := whatsapp(lead.get("whatsapp") or ""):
            st.link_button(said("lead.whatsapp"), address, icon=":material/chat:")
        if st.button(said("lead.other"), icon=":material/search:"):
            st.session_state.pop("lead")
            st.query_params.pop("id")
            st.rerun()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _now(lead_id)
        with st.container(border=True):
            trial.what_if(said, lead_id)
    with right:
        with st.container(border=True):
            tasks.act_on(said, lead_id)
        with st.container(border=True):
            tasks.next_action(said, lead_id, lead)
        with st.container(border=True):
            st.subheader(said("note.title"), anchor=False)
            parts.note_box(said, lead_id)
            parts.notes(said, ask(f"/crm/leads/{lead_id}/notes")["notes"])
        with st.container(border=True):
            _contact(said, lead)
            report(said, lead_id)
            personal_data(said, lead_id, lead["nome"])
    with st.container(border=True):
        st.subheader(said("match.title"), anchor=False)
        calm(_partners)(said, lead_id)


def _search(said: Words) -> None:
    wanted = plain(
        st.text_input(
            said("filter.search"), placeholder=said("filter.search_in"), icon=":material/search:"
        )
        or ""
    ).strip()
    cards = [card for card in live().cards.all() if wanted in card.findable]
    cards.sort(key=lambda card: -card.score)
    if not cards:
        st.info(said("lead.none_found") if wanted else said("lead.none_yet"))
    st.caption(said("lead.hottest") if cards and not wanted else "")
    for card in cards[:FOUND]:
        who = look.literal(f"{card.name} · {card.city or card.uf}")
        label = f"{look.MARKS[card.stage]} **{card.score}** · {who}"
        if st.button(label, key=f"pick:{card.id}", width="stretch"):
            parts.open_lead(card.id)


@part(run_every=1.0)
def _now(lead_id: str) -> None:
    """Draw what moves by itself: score, reasons, history."""
    said = words()
    lead = parts.lead_now(lead_id)
    with st.container(border=True):
        parts.score(said, lead)
        parts.todo(said, lead)
        tasks.done_or_not(said, lead)
    with st.container(border=True):
        st.subheader(said("lead.why"), anchor=False)
        parts.reasons(said, lead_id, lead)
    with st.container(border=True):
        st.subheader(said("lead.history"), anchor=False)
        items = parts.history_now(lead_id)
        if items:
            st.altair_chart(charts.history(said, items), width="stretch", key="history")
            with st.expander(said("lead.steps")):
                parts.steps(said, items)
        else:
            st.caption(said("lead.no_history"))


def _partners(said: Words, lead_id: str) -> None:
    found = ask(f"/crm/leads/{lead_id}/matches", limit=5)["items"]
    if not found:
        st.caption(said("match.none"))
    for one in found:
        parts.partner(said, lead_id, one)
    if found:
        st.caption(said("match.help"))


def _contact(said: Words, lead: parts.Lead) -> None:
    st.subheader(said("lead.data"), anchor=False)
    parts.facts(
        [
            (said("field.whatsapp"), lead.get("whatsapp")),
            (said("field.email"), lead.get("email")),
            (said("field.cidade"), lead.get("cidade")),
            (said("field.uf"), lead.get("uf")),
            (said("field.orcamento_faixa"), said.among("budget", lead.get("orcamento_faixa"))),
            (said("field.prazo_compra"), said.among("deadline", lead.get("prazo_compra"))),
            (said("field.created_at"), said.when(lead.get("created_at"))),
        ]
    )
    if st.button(said("lead.correct"), icon=":material/edit:"):
        aside(said("lead.correct"), _correct)(lead)


def whatsapp(number: str) -> str | None:
    """Return the address of a talk with a number, or None where it is none.

    Examples
    --------
    >>> whatsapp("(34) 99999-0000"), whatsapp("+1 415 555 0000"), whatsapp("à noite")
    ('https://wa.me/5534999990000', 'https://wa.me/14155550000', None)
    """
    digits = re.sub(r"\D", "", number)
    if number.strip().startswith("+") or len(digits) > max(AREA_AND_NUMBER):
        return f"https://wa.me/{digits}"
    return f"https://wa.me/{BRAZIL}{digits}" if len(digits) in AREA_AND_NUMBER else None


def _correct(lead: parts.Lead) -> None:
    """Let the reader put right what is known of a lead."""
    said, key = words(), f"correct:{lead['id']}"
    with st.form(key, border=False):
        form.ask_for(said, key, lead)
        saved = st.form_submit_button(said("lead.save"), type="primary", icon=":material/save:")
    if not saved:
        return
    values = form.given(key)
    if not all(values[name] for name in form.NEEDED):
        st.warning(said("create.incomplete"), icon=":material/info:")
        return
    path = f"/leads/{lead['id']}"
    other = {name: value for name, value in values.items() if value != lead.get(name)}
    answer = act(lambda: api().patch(path, **other), said("lead.corrected")) if other else None
    if answer is not None:
        tasks.changed(answer["lead"])
    if answer is not None or not other:
        st.rerun()
