"""The partners' directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import charts, lead_view, theme
from ui.session import api, fetch, translator

if TYPE_CHECKING:
    from ui.translator import Translator

PAGE = 200


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.partners"), translate("partners.about"))
    search, segment, uf = st.columns([2, 1, 1])
    filters = {
        "q": search.text_input(
            translate("filter.search"), key="partners_q", icon=":material/search:",
            placeholder=translate("partners.search_in"),
        ),
        **lead_view.place_filters(translate, segment, uf, "partners"),
    }  # fmt: skip
    total = fetch("/partners/count", **filters)["total"]
    if not total:
        none = "partners.none_found" if any(filters.values()) else "partners.none"
        st.info(translate(none), icon=":material/handshake:")
        return
    partners = fetch("/partners", **filters, limit=PAGE)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        cut = translate("partners.first", count=translate.number(PAGE)) if total > PAGE else ""
        st.caption(f"{translate('partners.total', count=translate.number(total))} {cut}")
        selected = _table(translate, f"partners:{filters}", partners)
        st.download_button(
            translate("leads.csv"),
            lambda: api().get_bytes("/partners.csv", **filters, separator=translate.separator),
            "partners.csv", "text/csv", icon=":material/download:",
        )  # fmt: skip
    with right, st.container(border=True):
        if selected:
            _detail(translate, selected)
        else:
            st.header(translate("overview.partners"), anchor=False)
            _summary(translate, filters["uf"])
            st.caption(translate("partners.pick"))


def _summary(translate: Translator, uf: str) -> None:
    segments = fetch("/partners/summary", uf=uf)
    rows = pd.DataFrame(
        {
            "name": [translate.among("segment", segment["segmento"]) for segment in segments],
            "count": [segment["total"] for segment in segments],
            "label": [translate.number(segment["total"]) for segment in segments],
        }
    )
    alt = charts.spoken(translate("overview.partners"), rows)
    st.altair_chart(charts.bars(rows), width="stretch", key="partners_summary", alt=alt)


def _table(
    translate: Translator, key: str, partners: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Show partners; return the one that is picked."""
    rows = pd.DataFrame(
        {
            "name": [lead_view.partner_name(partner) for partner in partners],
            "segment": [
                translate.among("segment", partner.get("segmento")) for partner in partners
            ],
            "place": [
                "/".join(
                    text for text in (partner.get("municipio_nome"), partner.get("uf")) if text
                )
                for partner in partners
            ],
            "priority": [
                translate.among("priority", partner.get("prioridade")) for partner in partners
            ],
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
            "name": translate("field.partner"),
            "segment": translate("field.segmento_interesse"),
            "place": translate("field.cidade"),
            "priority": translate("field.priority"),
        },
    )
    numbers = picked["selection"]["rows"]
    return partners[numbers[0]] if numbers else None


def _detail(translate: Translator, partner: dict[str, Any]) -> None:
    theme.subtitle(lead_view.partner_name(partner))
    contact = partner.get("contato") or {}
    lead_view.definition_list(
        [
            (translate("field.company"), partner.get("razao_social")),
            ("CNPJ", partner.get("cnpj")),
            (
                translate("field.segmento_interesse"),
                translate.among("segment", partner.get("segmento")),
            ),
            (translate("field.cidade"), partner.get("municipio_nome")),
            (translate("field.uf"), partner.get("uf")),
            ("CNAE", partner.get("cnae_principal")),
            (translate("field.priority"), translate.among("priority", partner.get("prioridade"))),
            (translate("field.email"), contact.get("email")),
            (translate("field.phone"), contact.get("telefone")),
        ]
    )
