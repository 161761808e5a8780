"""Charts in one look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import altair as alt
import pandas as pd

from leads.bands import HOT, WARM
from ui.look import COLORS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ui.words import Words

INK = "#6b6058"
ACCENT = "#9c4221"

Chart: TypeAlias = "alt.LayerChart | alt.FacetChart"
"""What layers come to, as the library declares it."""


def _axis(**more: Any) -> alt.Axis:
    return alt.Axis(labelColor=INK, grid=False, domain=False, ticks=False, title=None, **more)


def history(said: Words, items: Sequence[Mapping[str, Any]]) -> Chart:
    """Return a score over time: a step line, a point an event, the bands behind."""
    rows = pd.DataFrame(
        {
            "at": [said.local(one["scored_at"]).replace(tzinfo=None) for one in items],
            "score": [one["score_after"] for one in items],
            "cause": [said.cause(one["cause"]) for one in items],
            "moved": [one["score_after"] - (one["score_before"] or 0) for one in items],
        }
    )
    short = rows["at"].max() - rows["at"].min() < pd.Timedelta(hours=1)
    clock = "%H:%M:%S" if short else "%d/%m %H:%M"
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
            alt.Tooltip("at:T", title=said("chart.when"), format="%d/%m/%Y %H:%M:%S"),
            alt.Tooltip("cause:N", title=said("chart.cause")),
            alt.Tooltip("moved:Q", title=said("chart.moved"), format="+d"),
            alt.Tooltip("score:Q", title=said("chart.score")),
        ],
    )
    chart: Chart = alt.layer(bands, line, points).properties(height=190)
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
    chart: Chart = alt.layer(bar, text).properties(height=height)
    return chart
