"""A lead made by hand, its way through the funnel, and the guided pitch demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import form, lead_view, moves, theme
from ui.cards import STAGES
from ui.columns import BoardFilter
from ui.pages.kanban import kanban
from ui.session import DONE, api, fragment, live_board, notify, perform, translator

if TYPE_CHECKING:
    from ui.translator import Translator

FUNNEL = ("page_view", "hook_complete", "cta_click", "whatsapp_click")
TALK = ("whatsapp_reply", "budget_confirmed", "timeline_confirmed", "need_confirmed")
"""What a lead does once it is talked to, one step after the other, until it is qualified."""

PITCH = "pitch"
TALKED = "pitch_talked"
"""Key of how many of those steps each lead of the demonstration has made."""

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
    translate = translator()
    theme.title(translate("page.create"), translate("create.about"))
    pitch, by_hand = st.tabs([translate("pitch.title"), translate("create.title")])
    with pitch:
        _pitch(translate)
    moves.ask_about_move()
    with by_hand:
        left, right = st.columns([3, 2], gap="medium")
        with left, st.container(border=True):
            _form(translate)
        with right, st.container(border=True):
            _checklist()


def _number() -> int:
    """Return a number that no lead of this demo has yet."""
    return int(translator().now().timestamp() * 10) % 100_000_000


def _pitch(translate: Translator) -> None:
    leads: list[dict[str, Any]] = st.session_state.get(PITCH, [])
    if not leads:
        st.write(translate("pitch.about"))
        st.button(
            translate("pitch.start"), type="primary", icon=":material/play_arrow:", on_click=_start
        )
        return
    left, right = st.columns([1, 3], gap="medium")
    with left:
        _pitch_leads(leads)
        st.button(translate("pitch.again"), icon=":material/replay:", on_click=_start)
        st.button(translate("pitch.end"), icon=":material/delete:", on_click=_end)
    with right:
        kanban(BoardFilter(ids=frozenset(lead["id"] for lead in leads)), "pitch_board")


def _start() -> None:
    def make() -> list[dict[str, Any]]:
        number = _number()
        return [
            api().post("/leads", **example.lead(number + place))
            for place, example in enumerate(SHORTCUTS.values())
        ]

    leads = perform(make, translator()("pitch.started"), once="pitch")
    if leads is not None:
        st.session_state[PITCH] = leads
        for lead in leads:
            live_board().cards.put(lead)


def _end() -> None:
    """Erase the leads of the demo just played."""
    ids = [lead["id"] for lead in st.session_state[PITCH]]
    if (
        perform(lambda: api().post("/leads/bulk-delete", ids=ids), translator()("pitch.ended"))
        is not None
    ):
        st.session_state.pop(PITCH)
        for lead_id in ids:
            live_board().cards.drop(lead_id)


@fragment(run_every=1.0)
def _pitch_leads(leads: list[dict[str, Any]]) -> None:
    """Draw each lead's score and buttons: on a phone the board is further down."""
    translate = translator()
    for number, lead in enumerate(leads):
        with st.container(border=True, gap="xsmall", key=f"pitch_{number}"):
            card = live_board().cards.get(lead["id"])
            score = f"**{card.score}** {theme.MARKS[card.stage]} " if card else ""
            st.markdown(f"{score}{theme.escape_markdown(lead['nome'])}")
            steps: int = st.session_state.setdefault(TALKED, {}).get(lead["id"], 0)
            for kind in (*FUNNEL[:3], *TALK[steps : steps + 1]):
                st.button(
                    translate.event(kind), key=f"fire:{lead['id']}:{kind}", width="stretch",
                    on_click=_send_event, args=(lead["id"], kind),
                )  # fmt: skip
            if card and card.stage == STAGES[2]:
                st.button(
                    translate("handoff.do"), key=f"hand_off:{lead['id']}", width="stretch",
                    type="primary", on_click=_hand_off, args=(lead["id"],),
                )  # fmt: skip


def _hand_off(lead_id: str) -> None:
    done = perform(
        lambda: api().post("/handoff", lead_id=lead_id, channel="admin"),
        translator()("handoff.done"),
        once=f"handoff {lead_id}",
    )
    if done is not None:
        live_board().cards.put(api().get(f"/leads/{lead_id}"))


def _send_event(lead_id: str, kind: str) -> None:
    perform(
        lambda: api().post(
            "/events", lead_id=lead_id, event_type=kind, metadata={"source": "admin"}
        ),
        once=f"{kind} {lead_id}",
    )
    if kind in TALK:
        talked: dict[str, int] = st.session_state.setdefault(TALKED, {})
        # Streamlit may call this twice for one click: counting would leave a step out.
        talked[lead_id] = TALK.index(kind) + 1


def _form(translate: Translator) -> None:
    st.header(translate("create.title"), anchor=False)
    st.caption(translate("create.shortcuts"))
    with st.container(horizontal=True):
        for name, example in SHORTCUTS.items():
            st.button(
                translate(f"create.{name}"), key=f"short:{name}", on_click=_fill, args=(example,)
            )
    with st.form("lead", border=False):
        form.lead_inputs(translate, NEW, {})
        st.form_submit_button(
            translate("create.save"), type="primary", icon=":material/person_add:", on_click=_save
        )
    if problem := st.session_state.pop("problem", None):
        st.warning(theme.escape_markdown(problem), icon=":material/info:")


def _fill(example: Example) -> None:
    for name, value in example.lead(_number()).items():
        st.session_state[f"{NEW}:{name}"] = value


def _save() -> None:
    values = form.input_values(NEW)
    translate = translator()
    if problem := form.problem(translate, values):
        st.session_state.problem = problem
        return
    lead = perform(lambda: api().post("/leads", **values))
    if lead is None:
        return
    notify(
        translate("create.known" if lead["deduplicated"] else "create.saved"),
        DONE,
    )
    live_board().cards.put(lead)
    st.session_state.made = lead["id"]
    for name in form.ANSWERS:
        st.session_state.pop(f"{NEW}:{name}", None)


@fragment(run_every=1.0)
def _checklist() -> None:
    """Let the reader walk the lead just made through the funnel."""
    translate = translator()
    st.header(translate("create.funnel"), anchor=False)
    card = live_board().cards.get(st.session_state.get("made", ""))
    if card is None:
        st.caption(translate("create.funnel_empty"))
        return
    st.html(
        f'<div class="g-score"><b style="color:{theme.COLORS[card.stage]}">{card.score}</b>'
        f"{theme.pill(card.stage, translate.among('stage', card.stage))}</div>"
    )
    st.write(theme.escape_markdown(card.name))
    fired: set[tuple[str, str]] = st.session_state.setdefault("fired", set())
    for kind in FUNNEL:
        done = (card.id, kind) in fired
        icon = ":material/check_box:" if done else ":material/check_box_outline_blank:"
        if st.button(translate.event(kind), key=f"funnel:{kind}", icon=icon, width="stretch"):
            _send_event(card.id, kind)
            fired.add((card.id, kind))
            st.rerun(scope="fragment")
    lead_view.link(card.id, translate("lead.open"), "lead:open")
