"""The partners' directory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import charts, lead_view, theme
from ui.session import api, fetch, translator
from ui.table_order import TableOrder

if TYPE_CHECKING:
    from ui.translator import Translator

PAGE = 200

ORDER = "partners_order"
"""Key of the order that the reader chose."""


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
    left, right = st.columns([3, 2], gap="medium")
    with left:
        order = TableOrder(ORDER, _columns(translate), "prioridade")
        top, middle = st.columns([2, 1], vertical_alignment="bottom")
        order.choose(middle, translate("filter.order"))
        partners = fetch("/partners", **filters, sort=order.current, limit=PAGE)
        cut = translate("partners.first", count=translate.number(PAGE)) if total > PAGE else ""
        top.caption(f"{translate('partners.total', count=translate.number(total))} {cut}")
        selected = _table(translate, order, f"partners:{filters}:{order.current}", partners)
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


def _columns(translate: Translator) -> dict[str, str]:
    """Return the table's columns in words, by what the API sorts by."""
    return {
        "nome": translate("field.partner"),
        "segmento": translate("field.segmento_interesse"),
        "cidade": translate("field.cidade"),
        "prioridade": translate("field.priority"),
    }


def _table(
    translate: Translator, order: TableOrder, key: str, partners: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Show partners; return the one that is picked."""
    rows = pd.DataFrame(
        {
            "nome": [lead_view.partner_name(partner) for partner in partners],
            "segmento": [
                translate.among("segment", partner.get("segmento")) for partner in partners
            ],
            "cidade": [
                "/".join(
                    text for text in (partner.get("municipio_nome"), partner.get("uf")) if text
                )
                for partner in partners
            ],
            "prioridade": [
                translate.among("priority", partner.get("prioridade")) for partner in partners
            ],
        }
    )
    picked = st.dataframe(
        rows,
        hide_index=True,
        key=key,
        alt=translate("page.partners"),
        on_select=partial(order.pick, key, order.current),
        # While columns can be selected, Streamlit does not sort the rows that it has by itself.
        selection_mode=["single-row", "single-column"],
        height=480,
        column_config={column: order.head(column) for column in order.names},
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
