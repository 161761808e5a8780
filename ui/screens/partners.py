"""The partners' directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import charts, look, parts
from ui.session import api, ask, words

if TYPE_CHECKING:
    from ui.words import Words

PAGE = 200


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.partners"), said("partners.about"))
    search, segment, uf = st.columns([2, 1, 1])
    wanted = {
        "q": search.text_input(
            said("filter.search"), key="partners_q", icon=":material/search:",
            placeholder=said("partners.search_in"),
        ),
        **parts.place_filters(said, segment, uf, "partners"),
    }  # fmt: skip
    total = ask("/partners/count", **wanted)["total"]
    if not total:
        none = "partners.none_found" if any(wanted.values()) else "partners.none"
        st.info(said(none), icon=":material/handshake:")
        return
    partners = ask("/partners", **wanted, limit=PAGE)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        more = said("partners.first", count=said.number(PAGE)) if total > PAGE else ""
        st.caption(f"{said('partners.total', count=said.number(total))} {more}")
        chosen = _table(said, f"partners:{wanted}", partners)
        st.download_button(
            said("leads.csv"),
            lambda: api().read("/partners.csv", **wanted, separator=said.separator),
            "partners.csv", "text/csv", icon=":material/download:",
        )  # fmt: skip
    with right, st.container(border=True):
        if chosen:
            _detail(said, chosen)
        else:
            st.subheader(said("overview.partners"), anchor=False)
            _summary(said, wanted["uf"])
            st.caption(said("partners.pick"))


def _summary(said: Words, uf: str) -> None:
    found = ask("/partners/summary", uf=uf)
    rows = pd.DataFrame(
        {
            "name": [said.among("segment", one["segmento"]) for one in found],
            "count": [one["total"] for one in found],
            "label": [said.number(one["total"]) for one in found],
        }
    )
    st.altair_chart(charts.bars(rows), width="stretch", key="partners_summary")


def _table(said: Words, key: str, partners: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Show partners; return the one that is picked."""
    rows = pd.DataFrame(
        {
            "name": [parts.partner_name(one) for one in partners],
            "segment": [said.among("segment", one.get("segmento")) for one in partners],
            "place": [
                "/".join(part for part in (one.get("municipio_nome"), one.get("uf")) if part)
                for one in partners
            ],
            "priority": [said.among("priority", one.get("prioridade")) for one in partners],
        }
    )
    picked = st.dataframe(
        rows,
        hide_index=True,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        height=480,
        column_config={
            "name": said("field.partner"),
            "segment": said("field.segmento_interesse"),
            "place": said("field.cidade"),
            "priority": said("field.priority"),
        },
    )
    numbers = picked["selection"]["rows"]
    return partners[numbers[0]] if numbers else None


def _detail(said: Words, one: dict[str, Any]) -> None:
    st.subheader(look.literal(parts.partner_name(one)), anchor=False)
    contact = one.get("contato") or {}
    parts.facts(
        [
            (said("field.company"), one.get("razao_social")),
            ("CNPJ", one.get("cnpj")),
            (said("field.segmento_interesse"), said.among("segment", one.get("segmento"))),
            (said("field.cidade"), one.get("municipio_nome")),
            (said("field.uf"), one.get("uf")),
            ("CNAE", one.get("cnae_principal")),
            (said("field.priority"), said.among("priority", one.get("prioridade"))),
            (said("field.email"), contact.get("email")),
            (said("field.phone"), contact.get("telefone")),
        ]
    )
