"""One lead: its score and where it comes from on the left, what to do with it on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from ui import (
    alerts,
    charts,
    contact,
    contact_result,
    form,
    heads,
    inbox,
    lead_actions,
    lead_view,
    moves,
    theme,
    timeline,
    what_if,
)
from ui.cards import card_of, matches
from ui.client import RefusedError
from ui.downloads import personal_data, report
from ui.session import (
    api,
    dialog,
    fetch,
    fragment,
    live_board,
    perform,
    refusal,
    show_errors,
    translator,
)

if TYPE_CHECKING:
    from ui.translator import Translator

FOUND = 8
"""Leads offered while one is searched for, at the most."""


def show() -> None:
    """Draw the page of the lead in the address."""
    translate = translator()
    lead_id = st.query_params.get("id") or st.session_state.get("lead")
    if not lead_id:
        theme.title(translate("page.lead"), translate("lead.choose"))
        _search(translate)
        return
    try:
        lead = lead_view.lead_now(lead_id)
    except RefusedError as error:
        st.session_state.pop("lead", None)
        theme.title(translate("page.lead"), translate("lead.choose"))
        st.warning(refusal(error), icon=":material/info:")
        _search(translate)
        return
    st.session_state.lead = lead_id
    st.session_state.pop(lead_view.OPENED, None)  # the reader left the board for this page
    alerts.put_aside(lead_id)
    st.query_params["id"] = lead_id
    _head(translate, lead)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _alerts(lead_id)
        _now(lead_id)
        with st.container(border=True):
            timeline.timeline(lead_id)
        with st.container(border=True):
            what_if.simulator(translate, lead_id)
    with right:
        with st.container(border=True):
            lead_actions.act_on(translate, lead_id)
        with st.container(border=True):
            lead_actions.next_action(translate, lead_id, lead)
        with st.container(border=True):
            st.header(translate("note.title"), anchor=False)
            lead_view.note_box(translate, lead_id)
        with st.container(border=True):
            _contact(translate, lead)
            report(translate, lead_id)
            personal_data(translate, lead_id, lead["nome"])
    with st.container(border=True):
        st.header(translate("match.title"), anchor=False)
        show_errors(_partners)(translate, lead_id)
    moves.ask_about_move()


def _head(translate: Translator, lead: lead_view.Lead) -> None:
    """Say who it is, and offer ways to get in touch."""
    theme.title(lead["nome"], lead_view.summary(translate, lead))
    with st.container(horizontal=True):
        contact.buttons(translate, card_of(lead))
        if st.button(translate("lead.other"), icon=":material/search:"):
            st.session_state.pop("lead")
            st.query_params.pop("id")
            st.rerun()


def _search(translate: Translator) -> None:
    query = (
        st.text_input(
            translate("filter.search"),
            placeholder=translate("filter.search_in"),
            icon=":material/search:",
        )
        or ""
    ).strip()
    cards = [card for card in live_board().cards.all() if matches(card, query)]
    cards.sort(key=lambda card: -card.score)
    if not cards:
        st.info(translate("lead.none_found") if query else translate("lead.none_yet"))
    st.caption(translate("lead.hottest") if cards and not query else "")
    for card in cards[:FOUND]:
        whose = theme.escape_markdown(f"{card.name} · {card.city or card.uf}")
        label = f"{theme.MARKS[card.stage]} **{card.score}** · {whose}"
        lead_view.link(card.id, label, f"pick:{card.id}")


@fragment(run_every=1.0)
def _now(lead_id: str) -> None:
    """Draw what moves by itself: score, reasons, history."""
    translate = translator()
    lead = lead_view.lead_now(lead_id)
    with st.container(border=True):
        lead_view.score(translate, lead)
        card = live_board().cards.get(lead_id)
        if card and card.lost:
            reason = translate.event(card.lost)
            st.info(translate("lost.why", reason=reason), icon=":material/do_not_disturb_on:")
            st.button(
                translate("lost.reopen"), icon=":material/undo:", on_click=moves.reopen,
                args=(lead_id,),
            )  # fmt: skip
        else:
            lead_view.next_action(translate, lead)
            contact_result.done_or_not(translate, lead)
    with st.container(border=True):
        st.header(translate("lead.why"), anchor=False)
        lead_view.reasons(translate, lead_id, lead)
    with st.container(border=True):
        st.header(translate("lead.history"), anchor=False)
        items = lead_view.history_now(lead_id)
        if items:
            st.altair_chart(
                charts.history(translate, items), width="stretch", key="history",
                alt=translate("lead.history"),
            )  # fmt: skip
        else:
            st.caption(translate("lead.no_history"))
    heads.answers(translate, lead_id)


@fragment(run_every=5.0)
def _alerts(lead_id: str) -> None:
    """Draw why somebody should act on the lead now, and what there was of that before."""
    translate = translator()
    inbox.open_of_lead(translate, lead_id)
    inbox.over_of_lead(translate, lead_id)


def _partners(translate: Translator, lead_id: str) -> None:
    matches = fetch(f"/crm/leads/{lead_id}/matches", limit=5)["items"]
    if not matches:
        st.caption(translate("match.none"))
    for match in matches:
        lead_view.partner(translate, lead_id, match)
    if matches:
        st.caption(translate("match.help"))


def _contact(translate: Translator, lead: lead_view.Lead) -> None:
    st.header(translate("lead.data"), anchor=False)
    lead_view.definition_list(
        [
            (translate("field.whatsapp"), lead.get("whatsapp")),
            (translate("field.email"), lead.get("email")),
            (translate("field.cidade"), lead.get("cidade")),
            (translate("field.uf"), lead.get("uf")),
            (
                translate("field.orcamento_faixa"),
                translate.among("budget", lead.get("orcamento_faixa")),
            ),
            (
                translate("field.prazo_compra"),
                translate.among("deadline", lead.get("prazo_compra")),
            ),
            (translate("field.created_at"), translate.when(lead.get("created_at"))),
            *_group(translate, lead["id"]),
        ]
    )
    if st.button(translate("lead.correct"), icon=":material/edit:"):
        dialog(translate("lead.correct"), _edit)(lead)


def _group(translate: Translator, lead_id: str) -> list[tuple[str, str | None]]:
    """Return the group that a lead is in, in words; nothing where there are no groups."""
    marks = fetch(f"/leads/{lead_id}/segment")["marks"]
    return [(translate("groups.of_lead"), translate.group(marks))] if marks else []


def _edit(lead: lead_view.Lead) -> None:
    """Let the reader put right what is known of a lead."""
    translate, key = translator(), f"correct:{lead['id']}"
    with st.form(key, border=False):
        form.lead_inputs(translate, key, lead)
        saved = st.form_submit_button(
            translate("lead.save"), type="primary", icon=":material/save:"
        )
    if not saved:
        return
    values = form.input_values(key)
    if problem := form.problem(translate, values):
        st.warning(theme.escape_markdown(problem), icon=":material/info:")
        return
    path = f"/leads/{lead['id']}"
    changes = {name: value for name, value in values.items() if value != lead.get(name)}
    answer = (
        perform(lambda: api().patch(path, **changes), translate("lead.corrected"))
        if changes
        else None
    )
    if answer is not None:
        moves.changed(answer["lead"])
    if answer is not None or not changes:
        st.rerun()
