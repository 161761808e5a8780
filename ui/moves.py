"""Moves of a lead by hand: asked about where they say more than a place, and taken back."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.bands import HOT, Confirmation
from ui import theme
from ui.cards import LOST, STAGES, model_score, stage_of
from ui.client import RefusedError
from ui.lead_view import OPENED, Lead, lead_now, partner_name
from ui.session import (
    DONE,
    NOT_DONE,
    api,
    dialog,
    fetch,
    fragment,
    live_board,
    new_choice,
    notify,
    perform,
    translator,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ui.translator import Translator

TRIES = "moves_tried"
"""Key of how often the reader chose a stage; a refused choice is not shown as if it counted."""

ASKED = "move_asked"
"""Key of the move that is asked about: a lead, where it was seen, and where to."""

QUALIFIED, SENT = STAGES[2:]

LOSING = ("lost_interest", "invalid_contact")
"""Reasons for which a lead is lost."""

NOBODY = ""
"""Chosen where a lead is passed on to no partner in particular."""

OFFERED = 10
"""Partners offered for a handoff, the best match first."""


def changed(lead: Lead) -> None:
    """Show a lead as it is now."""
    live_board().cards.put(lead)


@fragment(run_every=1.0)
def mover(lead_id: str) -> None:
    """Let the reader move a lead by a select, which follows when the lead moves by itself."""
    translate = translator()
    stage = stage_of(lead_now(lead_id))
    # Another stage is another select, and so is another try: one whose value the server set could
    # report a stale one as chosen, and move the lead.
    key = f"move:{lead_id}:{stage}:{st.session_state.setdefault(TRIES, 0)}"
    st.selectbox(
        translate("kanban.move"), STAGES, STAGES.index(stage), key=key,
        on_change=_chosen, args=(lead_id, stage, key),
        format_func=lambda stage: f"{theme.MARKS[stage]} {translate.among('stage', stage)}",
    )  # fmt: skip
    if st.session_state.pop("open_now", None):
        st.rerun()


def _chosen(lead_id: str, before: str, key: str) -> None:
    if after := new_choice(key, before):
        st.session_state[TRIES] += 1
        request_move(lead_id, before, after)


def request_move(lead_id: str, before: str, after: str) -> None:
    """Move a lead as the reader asked, or note that the page is to ask about it first."""
    if after in {QUALIFIED, SENT, LOST}:
        st.session_state[ASKED] = (lead_id, before, after)
        st.session_state.pop(OPENED, None)  # one dialog at a time
        st.session_state.open_now = True
    else:
        move(lead_id, before, after)


def ask_about_move() -> bool:
    """Ask about the move that the reader wants, if one is to be asked about; tell whether."""
    asked = st.session_state.get(ASKED)
    if asked is None:
        return False
    lead_id, before, after = asked
    translate = translator()
    title = translate("move.title", stage=translate.among("stage", after))
    show = _ask_why_lost if after == LOST else _ask_what_is_confirmed
    dialog(title, show, on_dismiss=_forget)(lead_id, before, after)
    return True


def _forget() -> None:
    st.session_state.pop(ASKED, None)


def _ask_what_is_confirmed(lead_id: str, before: str, after: str) -> None:
    translate = translator()
    missing = missing_confirmations(lead_id)
    if missing:
        st.write(translate("move.ask"))
    confirms = [
        signal
        for signal in missing
        if st.checkbox(translate.signal(signal).capitalize(), key=f"confirm:{lead_id}:{signal}")
    ]
    if st.button(translate("move.do"), type="primary", icon=":material/swap_horiz:"):
        _forget()
        move(lead_id, before, after, confirms)
        st.rerun()


def _ask_why_lost(lead_id: str, _before: str, _after: str) -> None:
    translate = translator()
    st.write(translate("lost.ask"))
    for event_type in LOSING:
        if st.button(translate.event(event_type), key=f"lost:{event_type}", width="stretch"):
            _forget()
            record(lead_id, event_type)
            st.rerun()


def missing_confirmations(lead_id: str) -> list[Confirmation]:
    """Return what the lead has not confirmed yet."""
    confirmed = fetch(f"/leads/{lead_id}/explanation")["data_used"]["signals"]
    return [signal for signal in Confirmation if signal not in confirmed]


def record(lead_id: str, event_type: str) -> dict[str, Any] | None:
    """Record an event of the team's rules, and say what it did to the score."""
    path = f"/crm/leads/{lead_id}/apply-rule"
    applied: dict[str, Any] | None = perform(
        lambda: api().post(path, rule_code=event_type, source="admin"),
        once=f"{event_type} {lead_id}",
    )
    if applied is not None:
        changed(applied["lead"])
        change = applied["transition"]
        text = translator()("act.recorded", before=change["from_score"], after=change["to_score"])
        notify(text, DONE)
    return applied


def move(lead_id: str, before: str, after: str, confirms: Iterable[Confirmation] = ()) -> None:
    """Move a lead as the reader asked, unless it moved meanwhile: then say where it is."""
    translate = translator()
    stage = perform(
        lambda: stage_after(lead_id, before, after, confirms), once=f"{lead_id} {before} to {after}"
    )
    if stage == after:
        notify(translate("kanban.moved"), DONE)
    elif stage is not None:
        notify(translate("kanban.elsewhere", stage=translate.among("stage", stage)), NOT_DONE)


def stage_after(
    lead_id: str, before: str, after: str, confirms: Iterable[Confirmation] = ()
) -> str:
    """Move a lead if it is where its reader saw it; return where it is then, as the board shows.

    Raises
    ------
    UnavailableError, RefusedError
        As every call of the API.
    """
    seen = None if before == LOST else before
    try:
        answer = api().post(
            "/crm/move", lead_id=lead_id, stage=after, expected_stage=seen, confirms=[*confirms]
        )
        lead = answer["lead"]
    except RefusedError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        lead = api().get(f"/leads/{lead_id}")
    changed(lead)
    return stage_of(lead)


def hand_off(translate: Translator, lead_id: str) -> None:
    """Let the reader pass a qualified lead on to a partner, once, and take that back."""
    lead = lead_now(lead_id)
    stage = stage_of(lead)
    if stage == SENT:
        st.button(
            translate("handoff.undo"), icon=":material/undo:", on_click=undo_handoff,
            args=(lead_id,),
        )  # fmt: skip
        return
    if st.button(translate("handoff.do"), icon=":material/send:", type="primary"):
        if stage == QUALIFIED:
            dialog(translate("handoff.do"), _ask_for_partner)(lead_id)
        else:
            st.warning(_handoff_refusal(translate, lead), icon=":material/info:")


def _ask_for_partner(lead_id: str) -> None:
    translate = translator()
    matches = fetch(f"/crm/leads/{lead_id}/matches", limit=OFFERED)["items"]
    names = {NOBODY: translate("handoff.nobody")} | {
        match["id"]: partner_name(match) for match in matches
    }
    partner_id = st.selectbox(
        translate("field.partner"), list(names), index=None, format_func=names.__getitem__,
        placeholder=translate("create.pick"),
    )  # fmt: skip
    st.caption(translate("handoff.about"))
    ready = partner_id is not None
    if st.button(translate("handoff.yes"), type="primary", disabled=not ready):
        done = perform(
            lambda: api().post(
                "/handoff", lead_id=lead_id, channel="admin", partner_id=partner_id or None
            ),
            translate("handoff.done"),
        )
        if done is not None:
            changed(api().get(f"/leads/{lead_id}"))
            st.rerun()


def undo_handoff(lead_id: str) -> None:
    """Take a lead's last handoff back."""
    undone = perform(
        lambda: api().post("/handoff/undo", lead_id=lead_id),
        translator()("handoff.undone"),
        once=f"undo handoff {lead_id}",
    )
    if undone is not None:
        changed(undone["lead"])


def _handoff_refusal(translate: Translator, lead: Lead) -> str:
    """Return why a lead can't be handed off, and what would change it."""
    lines = [translate("handoff.refused")]
    if missing := missing_confirmations(lead["id"]):
        what = ", ".join(translate.signal(signal) for signal in missing)
        lines.append(translate("handoff.missing", what=what))
    if (score := model_score(lead)) < HOT:
        lines.append(translate("handoff.score", score=score, hot=HOT))
    return "\n\n".join(lines)


def reopen(lead_id: str) -> None:
    """Count a lost lead among the open ones again."""
    done = perform(
        lambda: api().post("/events", lead_id=lead_id, event_type="reopened"),
        translator()("lost.reopened"),
        once=f"reopen {lead_id}",
    )
    if done is not None:
        live_board().load_lost()
