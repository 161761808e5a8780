"""The marketer's page: how many leads each campaign brought, and how many of them qualified."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import costs, funnel, theme
from ui.session import fetch, translator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ui.translator import Translator

BY = ("campaign", "source", "medium", "referrer", "landing")

TOUCHES = ("first", "last")

WEEKS = (4, 12, 26, 52)

COST = ("cost", "per_lead", "per_qualified")
"""Heads of what an origin cost."""

LISTED = 30
"""Origins that are shown, those with the most leads."""

Total = tuple[Any, int, int, float]
"""What is counted, its leads, and how many of them qualified, and are still expected to."""


def show() -> None:
    """Draw the page."""
    translate = translator()
    theme.title(translate("page.origins"), translate("origins.about"))
    by, touch, weeks = _choices(translate)
    items = fetch("/origins", by=by, touch=touch, weeks=weeks)["items"]
    known = [item for item in items if item["origin"] is not None]
    if not known:
        st.info(translate("origins.none"), icon=":material/info:")
    if not items:
        return
    by_origin = totals(items, "origin")
    origins = [origin for origin, *_ in by_origin if origin is not None]
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        recorded = costs.recorded(by, weeks)
        _table(
            translate, translate(f"origins.{by}"), by_origin[:LISTED],
            lambda origin: origin or translate("origins.unknown"), costs.spent(recorded),
        )  # fmt: skip
        costs.editor(translate, by, origins, recorded)
    with right, st.container(border=True):
        chosen = st.selectbox(
            translate("origins.week_of"), origins, index=None, key=f"origin_weeks:{by}:{touch}",
            placeholder=translate("filter.all"),
        )  # fmt: skip
        of_chosen = [one for one in items if chosen is None or one["origin"] == chosen]
        by_week = sorted(totals(of_chosen, "week"), reverse=True)
        _table(
            translate, translate("origins.week"), by_week,
            lambda week: translate.day(date.fromisoformat(week)),
        )  # fmt: skip
    counts = {
        name: translate.number(sum(item[name] for item in items)) for name in ("leads", "qualified")
    }
    st.caption(translate("origins.total", **counts))
    funnel.funnel(translate, weeks)


def _choices(translate: Translator) -> tuple[str, str, int]:
    """Ask what is an origin, which touch counts, and how far back."""
    by, touch, weeks = st.columns([7, 3, 2], vertical_alignment="bottom")
    return (
        by.segmented_control(
            translate("origins.by"), BY, default=BY[0], required=True, key="origins_by",
            bind="query-params",
            format_func=lambda code: translate(f"origins.{code}"),
        ),
        touch.segmented_control(
            translate("origins.touch"), TOUCHES, default=TOUCHES[0], required=True,
            key="origins_touch", bind="query-params",
            format_func=lambda code: translate(f"origins.{code}"),
        ),
        weeks.selectbox(
            translate("origins.period"), WEEKS, WEEKS.index(12), key="origins_period",
            bind="query-params",
            format_func=lambda count: translate("origins.weeks", count=count),
        ),
    )  # fmt: skip


def totals(items: Iterable[Mapping[str, Any]], name: str) -> list[Total]:
    """Return leads, and those that qualified or are to, by what `name` says, the most leads first.

    Examples
    --------
    >>> week = {"origin": "feira", "leads": 3, "qualified": 1, "expected": 0.5}
    >>> totals([week, week, week | {"origin": None, "qualified": 0}], "origin")
    [('feira', 6, 2, 1.0), (None, 3, 0, 0.5)]
    """
    leads: Counter[Any] = Counter()
    qualified: Counter[Any] = Counter()
    expected: dict[Any, float] = defaultdict(float)
    for item in items:
        leads[item[name]] += item["leads"]
        qualified[item[name]] += item["qualified"]
        expected[item[name]] += item["expected"]
    return [(key, count, qualified[key], expected[key]) for key, count in leads.most_common()]


def _table(
    translate: Translator,
    first: str,
    rows: list[Total],
    name: Callable[[Any], str],
    spent: Mapping[str, float] | None = None,
) -> None:
    """Draw what is counted, with what it cost where that is known of any."""
    names = ("leads", "qualified", "rate", "expected", *(COST if spent else ()))
    heads = (first, *(translate(f"origins.{head}") for head in names))
    most = max(leads for _, leads, *_ in rows)
    lines = "".join(
        f'<tr><th scope="row">{escape(name(key))}</th><td class="n">{translate.number(leads)}'
        f'<i style="width:{100 * leads / most:.0f}%"></i></td>'
        f'<td class="n">{translate.number(qualified)}</td>'
        f'<td class="n">{translate.percent(qualified / leads)}</td>'
        f'<td class="n">{translate.number(round(expected))}</td>'
        f"{_cost(translate, (spent or {}).get(key), leads, qualified) if spent else ''}</tr>"
        for key, leads, qualified, expected in rows
    )
    titles = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    st.html(
        f'<table class="g-origins"><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>'
    )


def _cost(translate: Translator, spent: float | None, leads: int, qualified: int) -> str:
    """Return the cells of what an origin cost: in all, for a lead, for one that qualified."""
    parts = (spent, spent and spent / leads, spent and qualified and spent / qualified)
    cells = (
        translate("card.money", amount=translate.number(one, 2)) if one else "" for one in parts
    )
    return "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
