"""The model's versions and challengers, and what a person may do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.session import DONE, act, api, aside, tell, wait_for, words
from ui.words import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.words import Words

Version = dict[str, Any]

LISTED = 6
"""Versions that are shown, the one that scores first."""

NEAR, LIKELY = 0.8, 0.5
"""Parts of the way from what chance comes to, to taking over, that are told in other words."""

NAMES = {"name": "contender", "before": "contender", "measure": "measure"}
"""Sections of words for what a version's reason names, by the fact's own name."""


def contest(said: Words, models: dict[str, Any], version: int) -> None:
    """Say who scores, who would take over, and how sure that is."""
    found = models["contest"]
    if found is None or found["version"] != version:
        st.caption(said("contest.none"))
        return
    champion = said(f"contender.{found['champion']}")
    st.write("● " + said("contest.champion", name=champion))
    chance = found["chance"]
    for one in found["challengers"]:
        ahead = one["evidence"] - chance
        share = ahead / (1 - chance) if ahead > 0 else 0.0
        level = "near" if share >= NEAR else "likely" if share >= LIKELY else "far"
        name = said(f"contender.{one['name']}")
        st.progress(share, text=said(f"contest.{level}", name=name, share=said.percent(share)))
    st.caption(
        said(
            "contest.about", judged=said.number(found["judged"]),
            learned=said.number(models["learned"]),
        )
    )  # fmt: skip


def kept(said: Words, items: list[Version]) -> None:
    """List the versions, each with what can be done with it."""
    st.subheader(said("version.title"), anchor=False)
    st.caption(said("version.about"))
    for one in items[:LISTED]:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(_line(said, one))
        left.caption(because(said, one["reason"], one["reason_facts"]))
        if one["scores"]:
            if right.button(said("version.back"), icon=":material/undo:", width="stretch"):
                aside(said("version.back"), _confirm_back)(_before(items))
        elif right.button(said("version.use"), key=f"use:{one['version']}", width="stretch"):
            aside(said("version.use_this", version=one["version"]), _confirm_use)(one["version"])


def _line(said: Words, one: Version) -> str:
    mark = {"champion": "●", "retired": "◐", "candidate": "○"}[one["status"]]
    told = [
        f"{mark} **{said('version.name', version=one['version'])}**",
        said(f"version.{one['status']}"),
        said("version.since", when=said.when(one["promoted_at"] or one["created_at"])),
    ]
    quality = one["metrics"].get("auc")
    if quality is None:
        told.append(said("version.no_quality"))
    else:
        told.append(said("version.quality", right=said.percent(quality)))
    return " · ".join(told)


def because(said: Words, reason: str, facts: Mapping[str, Any]) -> str:
    """Return why a version has its status: in the reader's language, or else as it is stored."""
    text = texts(said.language).get(f"because.{facts.get('code')}")
    return reason if text is None else text.format_map(_blanks(said, facts))


def _blanks(said: Words, facts: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: said.number(value, 3)
        if isinstance(value, float)
        else said.among(NAMES.get(name, ""), value)
        for name, value in facts.items()
    }


def _before(items: list[Version]) -> int | None:
    """Return the version that scored last before the one that does."""
    gone = [one for one in items if one["status"] == "retired" and one["promoted_at"]]
    newest = max(gone, key=lambda one: one["promoted_at"], default=None)
    return None if newest is None else int(newest["version"])


def _confirm_use(version: int) -> None:
    said = words()
    st.write(said("version.sure", name=said("version.name", version=version)))
    _confirm(f"/ml/models/{version}/promote")


def _confirm_back(before: int | None) -> None:
    said = words()
    name = said("version.rules") if before is None else said("version.name", version=before)
    st.write(said("version.sure_back", name=name))
    _confirm("/ml/rollback")


def _confirm(path: str) -> None:
    said = words()
    if st.button(said("version.yes"), type="primary"):
        done = act(lambda: api().post(path), said("version.done"))
        if done is not None:
            st.rerun()


def retrain(said: Words) -> None:
    """Let the reader have the model trained again."""
    st.subheader(said("model.retrain"), anchor=False)
    st.write(said("model.retrain_about"))
    if not st.button(said("model.retrain_do"), icon=":material/school:"):
        return
    with st.spinner(said("model.retraining"), show_time=True):
        answer = wait_for(
            "/admin/ml/retrain", said("model.too_little"), ignore_expected_mismatch=True
        )
    if answer is not None:
        tell(said("model.promoted" if answer["promoted"] else "model.kept"), DONE)
        st.rerun()
