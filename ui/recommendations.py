"""What was done with recommendations and what came of them, in words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from domain.recommendations import Response, Result
from ui.funnel import table
from ui.session import fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.translator import Translator

ENOUGH = 30
"""Recommendations of which a share is shown, at the least."""

HEADS = ("what", "times", "leads", *Response)


def recommendations(translate: Translator) -> None:
    """Say what became of recommendations, and that it is no proof."""
    said = fetch("/ml/recommendations")
    with st.container(border=True):
        st.header(translate("recommended.title"), anchor=False)
        if said["since"] is None:
            st.caption(translate("recommended.none"))
            return
        _in_words(translate, said)
        if not said["items"]:
            return
        table(
            [translate(f"recommended.{head}") for head in HEADS],
            [_row(translate, item) for item in said["items"]],
        )
        _what_came(translate, said)
        st.caption(translate("recommended.about"))
        st.write(translate("recommended.no_proof"))
        st.page_link(
            st.session_state.pages["experiments"], label=translate("recommended.experiment"),
            icon=":material/science:",
        )  # fmt: skip


def _in_words(translate: Translator, said: Mapping[str, Any]) -> None:
    """Say of how many recommendations and leads this is, since when, and how many come later."""
    since = translate.day(translate.local(said["since"]).date())
    counts = {name: translate.number(said[name]) for name in ("settled", "leads", "unsettled")}
    st.write(translate("recommended.counted", since=since, days=said["days"], **counts))
    if said["settled"] < ENOUGH:
        st.info(translate("recommended.too_few", enough=ENOUGH), icon=":material/hourglass_top:")


def _row(translate: Translator, item: Mapping[str, Any]) -> list[str]:
    words, times = translate.leads.words, item["recommendations"]
    what = words["action"][item["action"]].format(missing=translate("recommended.missing"))
    return [
        f"{what} {words['channel'][item['channel']]}",
        translate.number(times),
        translate.number(item["leads"]),
        *(_share(translate, item[response]["recommendations"], times) for response in Response),
    ]


def _what_came(translate: Translator, said: Mapping[str, Any]) -> None:
    """Show what came of all that were followed beside what came of those ignored."""
    totals = {
        response: {
            name: sum(item[response][name] for item in said["items"])
            for name in ("recommendations", *Result)
        }
        for response in (Response.FOLLOWED, Response.IGNORED)
    }
    table(
        [
            translate("recommended.came"),
            *(
                f"{translate(f'recommended.{name}')}: {translate.number(came['recommendations'])}"
                for name, came in totals.items()
            ),
        ],
        [
            [
                translate(f"recommended.{result}"),
                *(
                    _share(translate, came[result], came["recommendations"])
                    for came in totals.values()
                ),
            ]
            for result in Result
        ],
    )


def _share(translate: Translator, count: int, of: int) -> str:
    """Return a count, with its share of so many where these are enough."""
    number = translate.number(count)
    return f"{number} ({translate.percent(count / of)})" if of >= ENOUGH else number
