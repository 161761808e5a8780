"""Charts in one look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import altair as alt
import pandas as pd

from domain.bands import HOT, WARM
from ui.theme import COLORS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.translator import Translator

INK = "#6b6058"
ACCENT = "#9c4221"

UNSPOKEN: dict[str, Any] = {"aria": False, "mark": {"aria": False}}
"""A chart is told as a whole, in the reader's words, and not mark by mark in English."""

Chart: TypeAlias = "alt.LayerChart | alt.FacetChart"
"""What layers come to, as the library declares it."""


def spoken(title: str, rows: pd.DataFrame) -> str:
    """Return in words what bars show, for those who don't see them: each `label` by its name."""
    names = rows["band" if "band" in rows else "name"]
    told = (f"{name} {label}" for name, label in zip(names, rows["label"], strict=True))
    return f"{title}: {', '.join(told)}"


def _axis(**options: Any) -> alt.Axis:
    return alt.Axis(labelColor=INK, grid=False, domain=False, ticks=False, title=None, **options)


def history(translate: Translator, items: Sequence[Mapping[str, Any]]) -> Chart:
    """Return a score over time: a step line, a point an event, the bands behind."""
    rows = pd.DataFrame(
        {
            "at": [translate.local(item["scored_at"]).replace(tzinfo=None) for item in items],
            "score": [item["score_after"] for item in items],
            "cause": [translate.cause(item["cause"]) for item in items],
            "moved": [item["score_after"] - (item["score_before"] or 0) for item in items],
        }
    )
    short = rows["at"].max() - rows["at"].min() < pd.Timedelta(hours=1)
    clock = "%H:%M:%S" if short else f"{translate.day_format} %H:%M"
    x = alt.X("at:T", axis=_axis(format=clock, labelOverlap=True, tickCount=5))
    levels = _axis(values=[0, WARM, HOT, 100])
    y = alt.Y("score:Q", scale=alt.Scale(domain=[0, 100]), axis=levels)
    bands = (
        alt.Chart(pd.DataFrame({"low": [WARM, HOT], "high": [HOT, 100], "band": ["a", "b"]}))
        .mark_rect(opacity=0.08)
        .encode(
            y=alt.Y("low:Q", axis=levels, scale=alt.Scale(domain=[0, 100])),
            y2="high:Q",
            color=alt.Color(
                "band:N",
                scale=alt.Scale(range=[COLORS["AQUECENDO"], COLORS["QUALIFICADO"]]),
                legend=None,
            ),
        )
    )
    base = alt.Chart(rows)
    line = base.mark_line(interpolate="step-after", color=ACCENT, strokeWidth=2).encode(x=x, y=y)
    points = base.mark_circle(color=ACCENT, size=55, opacity=1).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip(
                "at:T", title=translate("chart.when"), format=f"{translate.date_format} %H:%M:%S"
            ),
            alt.Tooltip("cause:N", title=translate("chart.cause")),
            alt.Tooltip("moved:Q", title=translate("chart.moved"), format="+d"),
            alt.Tooltip("score:Q", title=translate("chart.score")),
        ],
    )
    chart: Chart = alt.layer(bands, line, points).properties(height=190).configure(**UNSPOKEN)
    return chart


def bars(rows: pd.DataFrame, *, by_stage: bool = False, height: int = 190) -> Chart:
    """Return horizontal bars of ``name`` and ``count``, each with its number.

    Parameters
    ----------
    rows
        In the order to be drawn; with ``code`` where bars are coloured by stage.
    by_stage
        Whether they are.
    height
        In pixels.
    """
    order = list(rows["name"])
    y = alt.Y("name:N", sort=order, axis=_axis(labelLimit=170, labelFontSize=13))
    x = alt.X("count:Q", axis=None)
    color = (
        alt.Color(
            "code:N",
            scale=alt.Scale(domain=list(COLORS), range=list(COLORS.values())),
            legend=None,
        )
        if by_stage
        else alt.value(ACCENT)
    )
    base = alt.Chart(rows).encode(y=y, x=x)
    bar = base.mark_bar(cornerRadiusEnd=3, height={"band": 0.62}).encode(color=color)
    text = base.mark_text(align="left", dx=5, color="#2a2320", fontSize=13).encode(text="label:N")
    chart: Chart = alt.layer(bar, text).properties(height=height).configure(**UNSPOKEN)
    return chart


def rhythm(translate: Translator, months: Sequence[Mapping[str, Any]]) -> Chart:
    """Return what was bought by month as columns: money, and on how many days in words.

    Parameters
    ----------
    translate
        The reader's language.
    months
        ``month`` as year and month, ``orders`` and ``spent``; the oldest first.
    """
    rows = pd.DataFrame(
        {
            "month": [pd.Timestamp(f"{month['month']}-01") for month in months],
            "spent": [month["spent"] for month in months],
            "orders": [month["orders"] for month in months],
            "label": [translate.number(round(month["spent"])) for month in months],
        }
    )
    x = alt.X("yearmonth(month):T", axis=_axis(format="%m/%y", labelOverlap=True, tickCount=8))
    bar = (
        alt.Chart(rows)
        .mark_bar(color=ACCENT, cornerRadiusEnd=2)
        .encode(
            x=x,
            y=alt.Y("spent:Q", axis=_axis(tickCount=3, format="~s")),
            tooltip=[
                alt.Tooltip("month:T", title=translate("chart.when"), format="%m/%Y"),
                alt.Tooltip("label:N", title=translate("clients.spent")),
                alt.Tooltip("orders:Q", title=translate("clients.orders")),
            ],
        )
    )
    chart: Chart = alt.layer(bar).properties(height=190).configure(**UNSPOKEN)
    return chart


def shares(translate: Translator, rows: pd.DataFrame) -> Chart:
    """Return a share of one over time, from luck, which is a half, to always.

    Parameters
    ----------
    translate
        The reader's language.
    rows
        ``at`` (local time), ``share``, and ``leads``, on how many it stands.
    """
    rows = rows.assign(told=[translate.percent(share, 1) for share in rows["share"]])
    low = min(0.5, float(rows["share"].min()))
    percent = _axis(values=[0.5, 0.75, 1.0], labelExpr="round(datum.value * 100) + '%'")
    x = alt.X("at:T", axis=_axis(format=translate.day_format, labelOverlap=True, tickCount=6))
    y = alt.Y("share:Q", scale=alt.Scale(domain=[low, 1.0]), axis=percent)
    luck = pd.DataFrame(
        {"share": [0.5], "name": [translate("model.luck")], "at": [rows["at"].min()]}
    )
    rule = alt.Chart(luck).mark_rule(color=INK, strokeDash=[4, 4]).encode(y=y)
    name = alt.Chart(luck).mark_text(align="left", dy=-8, color=INK).encode(x=x, y=y, text="name:N")
    base = alt.Chart(rows).encode(x=x, y=y)
    line = base.mark_line(color=ACCENT, strokeWidth=2)
    points = base.mark_circle(color=ACCENT, size=45, opacity=1).encode(
        tooltip=[
            alt.Tooltip("at:T", title=translate("chart.when"), format=translate.date_format),
            alt.Tooltip("told:N", title=translate("model.auc")),
            alt.Tooltip("leads:Q", title=translate("model.leads")),
        ]
    )
    chart: Chart = alt.layer(rule, name, line, points).properties(height=210).configure(**UNSPOKEN)
    return chart


def pairs(rows: pd.DataFrame) -> Chart:
    """Return two horizontal bars a band, each with what it is and its share.

    Parameters
    ----------
    rows
        ``band``, ``which`` of the two, ``share`` of one, ``label``; in the order to be drawn.
    """
    bands, names = list(dict.fromkeys(rows["band"])), list(dict.fromkeys(rows["which"]))
    base = alt.Chart(rows).encode(
        y=alt.Y("band:N", sort=bands, axis=_axis(labelLimit=150, labelFontSize=13)),
        yOffset=alt.YOffset("which:N", sort=names),
        x=alt.X("share:Q", axis=None, scale=alt.Scale(domain=[0, 1.25])),
    )
    bar = base.mark_bar(cornerRadiusEnd=3).encode(
        color=alt.Color("which:N", scale=alt.Scale(domain=names, range=[INK, ACCENT]), legend=None)
    )
    text = base.mark_text(align="left", dx=5, color="#2a2320", fontSize=12).encode(text="label:N")
    chart: Chart = alt.layer(bar, text).properties(height=210).configure(**UNSPOKEN)
    return chart
