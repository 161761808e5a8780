"""Pieces of a lead that more than one page shows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.bands import HOT, WARM
from domain.partners.places import UFS
from ui import look
from ui.cards import stage_of
from ui.session import NOT_DONE, act, api, ask, live, tell, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.delta_generator import DeltaGenerator

    from ui.words import Words

Lead = dict[str, Any]

SEGMENTS = ("CAVALOS", "SERVICOS", "EVENTOS", "EQUIPAMENTOS")

VERDICTS = ("contacted", "kept", "refused")
"""What may be done with a partner, as the API takes it."""

STEPS = 20
"""Rescores listed at the most."""


def open_lead(lead_id: str) -> None:
    """Go to a lead's own page."""
    st.session_state.pop("opened", None)
    st.session_state.lead = lead_id
    st.switch_page(st.session_state.pages["lead"], query_params={"id": lead_id})


def lead_now(lead_id: str) -> Lead:
    """Return a lead, read again only when it changed."""
    card = live().cards.get(lead_id)
    kept: dict[str, Any] = st.session_state.setdefault("leads_now", {})
    mark, lead = kept.get(lead_id, (None, None))
    if lead is None or mark is not card:
        lead = ask(f"/leads/{lead_id}")
        kept[lead_id] = (card, lead)
    return dict(lead)


def score(said: Words, lead: Mapping[str, Any]) -> None:
    """Show a score on its scale, with its stage and what it means."""
    value, stage = lead.get("score") or 0, stage_of(lead)
    color = look.COLORS[stage]
    share = lead.get("score_probability")
    chance = said("lead.chance", percent=said.percent(share)) if share is not None else ""
    st.html(
        f'<div class="g-score" data-score="{value}"><b style="color:{color}">{value}</b>'
        f"{look.pill(stage, said.among('stage', stage))}</div>"
        f'<div class="g-meter"><i style="width:{value}%;background:{color}"></i>'
        f'<s style="left:{WARM}%"></s><s style="left:{HOT}%"></s></div>'
        f'<div class="g-scale"><span style="left:{WARM}%">{WARM}</span>'
        f'<span style="left:{HOT}%">{HOT}</span></div>'
        f"<div>{escape(chance)}</div>"
    )


def about(said: Words, lead: Mapping[str, Any]) -> str:
    """Return in a line where a lead is and what it wants."""
    place = "/".join(one for one in (lead.get("cidade"), lead.get("uf")) if one)
    wants = [
        said.among("segment", lead.get("segmento_interesse")),
        said.among("budget", lead.get("orcamento_faixa")),
        said.among("deadline", lead.get("prazo_compra")),
    ]
    return " · ".join(one for one in (place, *wants) if one and one != "—")


def history_now(lead_id: str) -> list[dict[str, Any]]:
    """Return a lead's rescores, the oldest first, read again only when it changed."""
    card = live().cards.get(lead_id)
    kept: dict[str, Any] = st.session_state.setdefault("histories", {})
    mark, items = kept.get(lead_id, (None, None))
    if items is None or mark is not card:
        items = ask(f"/leads/{lead_id}/history", limit=200)["items"][::-1]
        kept.clear()
        kept[lead_id] = (card, items)
    return list(items)


def steps(said: Words, items: list[dict[str, Any]]) -> None:
    """List rescores, the newest first: when, why, from what to what."""
    lines = []
    for one in items[: -STEPS - 1 : -1]:
        before = "—" if one["score_before"] is None else one["score_before"]
        lines.append(
            f'<div class="g-line"><b>{before} → {one["score_after"]}</b>'
            f" {escape(said.cause(one['cause']))}<br>"
            f"<small>{escape(said.when(one['scored_at']))}</small></div>"
        )
    st.html("".join(lines))


def facts(pairs: list[tuple[str, str | None]]) -> None:
    """List what is known."""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value or '—')}</dd>" for name, value in pairs
    )
    st.html(f'<dl class="g-facts">{rows}</dl>')


def partner(said: Words, lead_id: str, one: Mapping[str, Any]) -> None:
    """Show a recommended partner and why, and let the reader say what was done with it."""
    place = "/".join(part for part in (one.get("municipio_nome"), one.get("uf")) if part)
    told = (f"{why['points']:+d} {said.match(why, one.get('km'))}" for why in one["reasons"])
    verdict = one.get("verdict")
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.html(
        f'<div class="g-line"><b>{escape(partner_name(one))}</b> · {escape(place)}<br>'
        f"<b>{one['score']}/100</b> <small>{escape(' · '.join(told))}</small></div>"
    )
    right.segmented_control(
        said("match.verdict", name=partner_name(one)), VERDICTS, key=f"verdict:{one['id']}",
        default=verdict if verdict in VERDICTS else None, required=True,
        label_visibility="collapsed", format_func=lambda one: said(f"match.{one}"),
        on_change=_judge, args=(lead_id, one["id"]),
    )  # fmt: skip


def _judge(lead_id: str, partner_id: str) -> None:
    verdict = st.session_state[f"verdict:{partner_id}"]
    path = f"/crm/leads/{lead_id}/matches/{partner_id}/feedback"
    act(lambda: api().post(path, verdict=verdict), words()("match.thanks"))


def partner_name(one: Mapping[str, Any]) -> str:
    """Return what a partner is called."""
    return str(one.get("nome_fantasia") or one.get("razao_social") or one["cnpj"])


def todo(said: Words, lead: Mapping[str, Any]) -> None:
    """Show what to do next, and why."""
    action, text = lead.get("next_best_action"), lead.get("next_action_text")
    if not text:
        return
    suggested = action is not None and action.get("text") == text
    what = said.action(action) if suggested else text
    on, at = lead.get("next_action_date"), (lead.get("next_action_time") or "")[:5]
    due = said("action.due", day=said.day(on), hour=at) if on else ""
    why = said.why(action, lead.get("score") or 0) if suggested and action else said("action.own")
    st.html(
        f'<div class="g-line" style="border-color:{look.COLORS[stage_of(lead)]}">'
        f"<b>{escape(what)}</b><br><small>{escape(' · '.join(one for one in (why, due) if one))}"
        "</small></div>"
    )


def reasons(said: Words, lead_id: str, lead: Mapping[str, Any]) -> None:
    """Show the points that add up to the score."""
    lines = reason_lines(said, lead)
    if not lines:
        st.caption(said("lead.no_score"))
        return
    most = max(abs(points) for points, _, _ in lines) or 1
    rows = "".join(_reason(points, text, detail, most) for points, text, detail in lines)
    total = sum(points for points, _, _ in lines)
    st.html(
        f'<table class="g-reasons" data-lead="{escape(lead_id)}"><tbody>{rows}</tbody><tfoot><tr>'
        f'<td class="n">= {total}</td><td class="b"></td><td>{escape(said("lead.adds_up"))}</td>'
        "</tr></tfoot></table>"
    )


def reason_lines(said: Words, lead: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Return a lead's reasons that say something: points, what, and what stands behind it."""
    return [
        (
            int(one["impacto"]),
            said.told(one["fator"]),
            said.told(one.get("detalhe") or ""),
        )
        for one in lead.get("score_motivos") or ()
        if int(one["impacto"]) or one.get("detalhe")
    ]


def _reason(points: int, text: str, detail: str, most: int) -> str:
    color = "#1c6b41" if points > 0 else "#a33b2c" if points < 0 else "#8a8178"
    width = 100 * abs(points) / most
    return (
        f'<tr><td class="n">{points:+d}</td>'
        f'<td class="b"><div style="width:{width:.0f}%;background:{color}"></div></td>'
        f"<td>{escape(text)} <small>{escape(detail)}</small></td></tr>"
    )


def note_box(said: Words, lead_id: str) -> None:
    """Let the reader write a note; what is typed stays until it is saved."""
    key = f"note:{lead_id}"
    st.text_area(
        said("note.new"), key=key, placeholder=said("note.hint"), persist_state="session", height=90
    )
    st.button(
        said("note.save"), key=f"save:{key}", icon=":material/save:",
        on_click=_save_note, args=(lead_id, key),
    )  # fmt: skip


def _save_note(lead_id: str, key: str) -> None:
    text = (st.session_state.get(key) or "").strip()
    said = words()
    if not text:
        tell(said("note.empty"), NOT_DONE)
        return
    saved = act(
        lambda: api().post(f"/crm/leads/{lead_id}/notes", note=text),
        said("note.saved"),
        once=f"note {lead_id} {text}",
    )
    if saved is not None:
        st.session_state[key] = ""


def notes(said: Words, found: list[dict[str, Any]]) -> None:
    """Show notes, the newest first."""
    if not found:
        st.caption(said("note.none"))
    for one in found:
        st.html(
            f'<div class="g-line">{escape(one["text"] or "")}<br>'
            f"<small>{escape(said.when(one['created_at']))}</small></div>"
        )


def place_filters(
    said: Words, segment: DeltaGenerator, uf: DeltaGenerator, page: str
) -> dict[str, str]:
    """Ask in two columns for a segment and a state; empty is all. Each page remembers its own."""
    return {
        "segment": segment.selectbox(
            said("filter.segment"), ["", *SEGMENTS], key=f"{page}_segment",
            format_func=lambda one: said.among("segment", one) if one else said("filter.all"),
        ),
        "uf": uf.selectbox(
            said("filter.uf"), ["", *UFS], key=f"{page}_uf",
            format_func=lambda one: one or said("filter.all"),
        ),
    }  # fmt: skip
