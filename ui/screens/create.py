"""A lead made by hand, its way through the funnel, and the guided pitch demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import form, look
from ui.cards import Wish
from ui.parts import open_lead
from ui.screens.kanban import kanban
from ui.session import DONE, act, api, live, part, tell, words

if TYPE_CHECKING:
    from ui.words import Words

FUNNEL = ("page_view", "hook_complete", "cta_click", "whatsapp_click")
PITCH = "pitch"
NEW = "new"
"""Key of the form of a new lead."""


@dataclass(frozen=True, slots=True)
class Example:
    """A lead to start from; names and towns are invented."""

    name: str
    segment: str
    uf: str
    town: str
    budget: str
    deadline: str

    def lead(self, number: int) -> dict[str, str]:
        """Return it as the API takes it; another number makes it another lead."""
        mailbox = self.name.split()[0].lower()
        values = (self.name, self.segment, self.uf, self.budget, self.deadline, self.town,
                  f"+55 00 9{number:08d}", f"{mailbox}.{number}@example.com")  # fmt: skip
        return dict(zip(form.ANSWERS, values, strict=True))


SHORTCUTS = {
    "cold": Example("Tomas Leal Fontes", "EVENTOS", "BA", "Feira de Santana", "0-5k", "90d"),
    "warm": Example("Marina Prado Neves", "SERVICOS", "SP", "Barretos", "5k-20k", "30d"),
    "hot": Example("Otavio Vilela Xavier", "CAVALOS", "MG", "Uberaba", "60k+", "7d"),
}


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.create"), said("create.about"))
    pitch, by_hand = st.tabs([said("pitch.title"), said("create.title")])
    with pitch:
        _pitch(said)
    with by_hand:
        left, right = st.columns([3, 2], gap="medium")
        with left, st.container(border=True):
            _form(said)
        with right, st.container(border=True):
            _checklist()


def _number() -> int:
    """Return a number that no lead of this demo has yet."""
    return int(words().now().timestamp() * 10) % 100_000_000


def _pitch(said: Words) -> None:
    leads: list[dict[str, Any]] = st.session_state.get(PITCH, [])
    if not leads:
        st.write(said("pitch.about"))
        st.button(
            said("pitch.start"), type="primary", icon=":material/play_arrow:", on_click=_start
        )
        return
    left, right = st.columns([1, 3], gap="medium")
    with left:
        _stand(leads)
        st.button(said("pitch.again"), icon=":material/replay:", on_click=_start)
        st.button(said("pitch.end"), icon=":material/delete:", on_click=_end)
    with right:
        kanban(Wish(ids=frozenset(lead["id"] for lead in leads)), "pitch_board")


def _start() -> None:
    def make() -> list[dict[str, Any]]:
        number = _number()
        return [
            api().post("/leads", **one.lead(number + place))
            for place, one in enumerate(SHORTCUTS.values())
        ]

    leads = act(make, words()("pitch.started"), once="pitch")
    if leads is not None:
        st.session_state[PITCH] = leads
        for lead in leads:
            live().cards.put(lead)


def _end() -> None:
    """Erase the leads of the demo just played."""
    ids = [lead["id"] for lead in st.session_state[PITCH]]
    if act(lambda: api().post("/leads/bulk-delete", ids=ids), words()("pitch.ended")) is not None:
        st.session_state.pop(PITCH)
        for lead_id in ids:
            live().cards.drop(lead_id)


@part(run_every=1.0)
def _stand(leads: list[dict[str, Any]]) -> None:
    """Draw each lead's score and buttons: on a phone the board is further down."""
    said = words()
    for number, lead in enumerate(leads):
        with st.container(border=True, gap="xsmall", key=f"pitch_{number}"):
            card = live().cards.get(lead["id"])
            score = f"**{card.score}** {look.MARKS[card.stage]} " if card else ""
            st.markdown(f"{score}{look.literal(lead['nome'])}")
            for kind in FUNNEL[:3]:
                st.button(
                    said.event(kind), key=f"fire:{lead['id']}:{kind}", width="stretch",
                    on_click=_fire, args=(lead["id"], kind),
                )  # fmt: skip


def _fire(lead_id: str, kind: str) -> None:
    act(
        lambda: api().post(
            "/events", lead_id=lead_id, event_type=kind, metadata={"source": "admin"}
        ),
        once=f"{kind} {lead_id}",
    )


def _form(said: Words) -> None:
    st.subheader(said("create.title"), anchor=False)
    st.caption(said("create.shortcuts"))
    with st.container(horizontal=True):
        for name, example in SHORTCUTS.items():
            st.button(said(f"create.{name}"), key=f"short:{name}", on_click=_fill, args=(example,))
    with st.form("lead", border=False):
        form.ask_for(said, NEW, {})
        st.form_submit_button(
            said("create.save"), type="primary", icon=":material/person_add:", on_click=_save
        )
    if st.session_state.pop("incomplete", False):
        st.warning(said("create.incomplete"), icon=":material/info:")


def _fill(example: Example) -> None:
    for name, value in example.lead(_number()).items():
        st.session_state[f"{NEW}:{name}"] = value


def _save() -> None:
    values = form.given(NEW)
    if not all(values[name] for name in form.NEEDED):
        st.session_state.incomplete = True
        return
    said = words()
    lead = act(lambda: api().post("/leads", **values))
    if lead is None:
        return
    tell(
        said("create.known" if lead["deduplicated"] else "create.saved"),
        DONE,
    )
    live().cards.put(lead)
    st.session_state.made = lead["id"]
    for name in form.ANSWERS:
        st.session_state.pop(f"{NEW}:{name}", None)


@part(run_every=1.0)
def _checklist() -> None:
    """Let the reader walk the lead just made through the funnel."""
    said = words()
    st.subheader(said("create.funnel"), anchor=False)
    card = live().cards.get(st.session_state.get("made", ""))
    if card is None:
        st.caption(said("create.funnel_empty"))
        return
    st.html(
        f'<div class="g-score"><b style="color:{look.COLORS[card.stage]}">{card.score}</b>'
        f"{look.pill(card.stage, said.among('stage', card.stage))}</div>"
    )
    st.write(look.literal(card.name))
    fired: set[tuple[str, str]] = st.session_state.setdefault("fired", set())
    for kind in FUNNEL:
        done = (card.id, kind) in fired
        icon = ":material/check_box:" if done else ":material/check_box_outline_blank:"
        if st.button(said.event(kind), key=f"funnel:{kind}", icon=icon, width="stretch"):
            _fire(card.id, kind)
            fired.add((card.id, kind))
            st.rerun(scope="fragment")
    if st.button(said("lead.open"), icon=":material/open_in_full:"):
        open_lead(card.id)
