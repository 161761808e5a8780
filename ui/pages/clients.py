"""Whoever has bought: what kind of customer it is, what it will buy, and how it bought so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from ui import charts, filters, lead_view, theme
from ui.client import RefusedError
from ui.session import fetch, fragment, refusal, translator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.translator import Translator

PAGE, MONTHS = 50, 24
SORTS = ("value", "atStake", "spent", "orders", "lastOrder", "name")

CHOSEN = "client"
"""Key of the customer in the address."""

Client = dict[str, Any]


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.clients"), translate("clients.about"))
    _now()


@fragment(run_every=10.0)
def _now() -> None:
    """Draw customers as they are by now."""
    translate = translator()
    figures = fetch("/api/kpis")
    if not figures["customers"]:
        st.info(translate("clients.none_yet"), icon=":material/shopping_bag:")
        return
    _figures(translate, figures)
    chosen = _filters(translate)
    found = fetch("/api/clients", **chosen, limit=1)["total"]
    if not found:
        st.info(translate("clients.none"), icon=":material/person_search:")
    else:
        _page(translate, chosen, found)
    if client := st.query_params.get(CHOSEN):
        _client(translate, client)


def _figures(translate: Translator, figures: Mapping[str, Any]) -> None:
    """Draw how the trade stands."""
    risky = figures["atRiskCustomers"]
    told = {
        "customers": translate.number(figures["customers"]),
        "expected": money(translate, figures["expectedValue"]),
        "at_risk": translate.number(risky) if risky is not None else "—",
        "at_stake": money(translate, figures["valueAtStake"]),
    }
    for column, (name, value) in zip(st.columns(len(told)), told.items(), strict=True):
        column.metric(translate(f"clients.{name}"), value, help=translate(f"clients.{name}_help"))
    if figures["expectedValue"] is None:
        st.info(translate("clients.not_fitted"), icon=":material/info:")


def _filters(translate: Translator) -> dict[str, Any]:
    """Ask which customers, in which order; as the API takes it."""
    search, kind, uf, order = st.columns([4, 3, 3, 3])
    known = [item["name"] for item in fetch("/api/distribution/segment")["items"]]
    return {
        "q": filters.search(translate, search),
        "segment": kind.selectbox(
            translate("clients.segment"), ["", *known], key="client_segment", bind="query-params",
            format_func=lambda name: (
                translate.leads.segment(name) if name else translate("filter.all")
            ),
        ),
        "uf": filters.uf(translate, uf),
        "sort": order.selectbox(
            translate("filter.order"), SORTS, key="client_sort", bind="query-params",
            format_func=lambda name: translate(f"clients.by_{name}"),
        ),
    }  # fmt: skip


def _page(translate: Translator, chosen: dict[str, Any], found: int) -> None:
    """Draw one page of the table, and keep which customer was picked in the address."""
    pages = -(-found // PAGE)
    text, number = st.columns([4, 1], vertical_alignment="bottom")
    text.caption(translate("clients.total", count=translate.number(found)))
    page = 1
    if pages > 1:
        page = number.number_input(
            translate("leads.page", pages=pages), 1, pages, key=f"clients_page:{chosen}"
        )
    clients = fetch("/api/clients", **chosen, limit=PAGE, offset=(page - 1) * PAGE)["items"]
    table = f"clients:{chosen}:{page}"

    def picked() -> None:
        for row in st.session_state[table]["selection"]["rows"]:
            st.query_params[CHOSEN] = clients[row]["leadId"]

    st.dataframe(
        _rows(translate, clients),
        hide_index=True,
        key=table,
        alt=translate("page.clients"),
        on_select=picked,
        selection_mode="single-row",
        height=min(38 * (len(clients) + 1), 420),
        column_config={
            name: st.column_config.Column(translate(f"clients.{name}"))
            for name in ("name", "kind", "place", "last", "orders", "spent", "chance", "value",
                         "at_stake")
        },
    )  # fmt: skip
    st.caption(translate("clients.pick"))


def _rows(translate: Translator, clients: list[Client]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [client["name"] for client in clients],
            "kind": [translate.leads.segment(client["segment"]) for client in clients],
            "place": [_place(client) for client in clients],
            "last": [translate.day(client["lastOrder"]) for client in clients],
            "orders": [client["orders"] for client in clients],
            "spent": [money(translate, client["spent"]) for client in clients],
            "chance": [_chance(translate, client) for client in clients],
            "value": [_value(translate, client) for client in clients],
            "at_stake": [
                money(translate, (client["forecast"] or {}).get("atStake")) for client in clients
            ],
        }
    )


def _client(translate: Translator, lead_id: str) -> None:
    """Draw one customer: what it is worth, its rhythm and its families."""
    try:
        client = fetch(f"/api/clients/{lead_id}/summary")
    except RefusedError as error:
        st.query_params.pop(CHOSEN)
        st.warning(refusal(error), icon=":material/info:")
        return
    months = fetch(f"/api/clients/{lead_id}/history", months=MONTHS)["months"]
    kind = translate.leads.segment(client["segment"])
    with st.container(border=True, key="client"):
        name = theme.escape_markdown(f"{client['name']} · {kind}")
        st.header(name, anchor=False)
        facts, drawn = st.columns([2, 3], gap="medium")
        with facts:
            lead_view.definition_list(_facts(translate, client))
            lead_view.link(lead_id, translate("lead.open"), "lead:open")
        with drawn:
            st.subheader(translate("clients.rhythm"), anchor=False)
            spoken = ", ".join(
                f"{month['month']} {money(translate, month['spent'])}"
                for month in months
                if month["orders"]
            )
            st.altair_chart(
                charts.rhythm(translate, months), width="stretch",
                alt=f"{translate('clients.rhythm')}: {spoken}",
            )  # fmt: skip
            st.subheader(translate("clients.families"), anchor=False)
            rows = _families(translate, client)
            st.altair_chart(
                charts.bars(rows, height=34 * len(rows)), width="stretch",
                alt=charts.spoken(translate("clients.families"), rows),
            )  # fmt: skip


def _facts(translate: Translator, client: Client) -> list[tuple[str, str | None]]:
    """Return what is told of a customer, by name."""
    gap, words = client["usualGap"], translate.leads.words
    alerts = fetch("/api/alerts", lead_id=client["leadId"])["items"]
    days = translate("clients.days", count=translate.number(round(gap))) if gap else None
    return [
        (translate("clients.value"), _value(translate, client)),
        (translate("clients.expected_orders"), _orders(translate, client)),
        (translate("clients.chance"), _chance(translate, client)),
        (
            translate("clients.at_stake"),
            money(translate, (client["forecast"] or {}).get("atStake")),
        ),
        (translate("clients.spent"), money(translate, client["spent"])),
        (translate("clients.returned"), money(translate, client["returned"])),
        (translate("clients.orders"), translate.number(client["orders"])),
        (translate("clients.last"), translate.day(client["lastOrder"])),
        (translate("clients.gap"), days),
        (translate("clients.due"), translate.day(client["dueOn"])),
        (translate("clients.advice"), words["customer_advice"][client["advice"]]),
        (translate("clients.alerts"), ", ".join(words["motive"][one["motive"]] for one in alerts)),
        (translate("clients.next_family"), client["nextFamily"]),
    ]


def _families(translate: Translator, client: Client) -> pd.DataFrame:
    families = client["families"]
    return pd.DataFrame(
        {
            "name": [item["family"] or translate("clients.no_family") for item in families],
            "count": [item["spent"] for item in families],
            "label": [
                f"{money(translate, item['spent'])} · {translate.percent(item['share'])}"
                for item in families
            ],
        }
    )


def money(translate: Translator, amount: float | None) -> str:
    """Return money without cents, or a dash for none."""
    if amount is None:
        return "—"
    return translate("card.money", amount=translate.number(round(amount)))


def _place(client: Client) -> str:
    return "/".join(text for text in (client["city"], client["uf"]) if text)


def _chance(translate: Translator, client: Client) -> str:
    forecast = client["forecast"]
    return translate.percent(forecast["chance"]) if forecast else "—"


def _value(translate: Translator, client: Client) -> str:
    """Return what a customer will bring, with its interval."""
    forecast = client["forecast"]
    if not forecast:
        return "—"
    low, high = (translate.number(round(forecast[end])) for end in ("valueLow", "valueHigh"))
    between = translate("clients.between", low=low, high=high)
    return f"{money(translate, forecast['value'])} ({between})"


def _orders(translate: Translator, client: Client) -> str:
    forecast = client["forecast"]
    if not forecast:
        return "—"
    low, high = (translate.number(round(forecast[end])) for end in ("ordersLow", "ordersHigh"))
    between = translate("clients.between", low=low, high=high)
    return f"{translate.number(forecast['orders'], 1)} ({between})"
