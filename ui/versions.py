"""The model's versions and challengers, and what a person may do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui import theme
from ui.session import DONE, api, dialog, notify, perform, translator, wait_for
from ui.translator import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ui.question import Question
    from ui.translator import Translator

Version = dict[str, Any]

RULES = 0
"""Version of the team's rules."""

LISTED = 6
"""Versions that are shown, the one that scores first."""

NEAR, LIKELY = 0.8, 0.5
"""Parts of the way from what chance comes to, to taking over, that are told in other words."""

CHANCES = {"warm", "hot"}
"""Facts of a version's reason that are chances."""

NAMES = {"name": "contender", "before": "contender", "measure": "measure"}
"""Sections of words for what a version's reason names, by the fact's own name."""


def contest_view(
    translate: Translator, question: Question, models: dict[str, Any], version: int
) -> None:
    """Say who scores, who would take over, and how sure that is."""
    contest = models["contest"]
    if contest is None or contest["version"] != version:
        st.caption(translate("contest.none"))
        return
    champion = translate(f"contender.{contest['champion']}")
    st.write("● " + translate("contest.champion", name=champion))
    chance = contest["chance"]
    for challenger in contest["challengers"]:
        ahead = challenger["evidence"] - chance
        share = ahead / (1 - chance) if ahead > 0 else 0.0
        level = "near" if share >= NEAR else "likely" if share >= LIKELY else "far"
        name = translate(f"contender.{challenger['name']}")
        st.progress(
            share, text=translate(f"contest.{level}", name=name, share=translate.percent(share))
        )
    about = "asked.contest" if question.head else "contest.about"
    st.caption(
        translate(
            about, judged=translate.number(contest["judged"]),
            learned=translate.number(models["learned"]),
        )
    )  # fmt: skip


def same_model(items: list[Version], version: int) -> list[Version]:
    """Return a version and those it is only another scale of: what was measured of them holds."""
    by_version = {item["version"]: item for item in items}
    same: list[Version] = []
    while (item := by_version.get(version)) is not None and item not in same:
        same.append(item)
        facts = item["reason_facts"]
        version = int(facts["version"]) if facts.get("code") == "bands" else RULES
    return same


def version_list(translate: Translator, question: Question, items: list[Version]) -> None:
    """List the versions, each with what can be done with it."""
    st.header(translate("version.title"), anchor=False)
    st.caption(translate("version.about"))
    for version in items[:LISTED]:
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.markdown(_line(translate, version))
        why = reason_text(translate, version["reason"], version["reason_facts"])
        left.caption(theme.escape_markdown(why))
        if version["scores"]:
            if right.button(translate("version.back"), icon=":material/undo:", width="stretch"):
                dialog(translate("version.back"), _confirm_back)(
                    question, _previous_champion(items)
                )
        elif right.button(
            translate("version.use"), key=f"use:{version['version']}", width="stretch"
        ):
            dialog(translate("version.use_this", version=version["version"]), _confirm_use)(
                question, version["version"]
            )


def _line(translate: Translator, version: Version) -> str:
    mark = {"champion": "●", "retired": "◐", "candidate": "○"}[version["status"]]
    texts = [
        f"{mark} **{translate('version.name', version=version['version'])}**",
        translate(f"version.{version['status']}"),
        translate(
            "version.since", when=translate.when(version["promoted_at"] or version["created_at"])
        ),
    ]
    quality = version["metrics"].get("auc")
    if quality is None:
        texts.append(translate("version.no_quality"))
    else:
        texts.append(translate("version.quality", right=translate.percent(quality)))
    return " · ".join(texts)


def reason_text(translate: Translator, reason: str, facts: Mapping[str, Any]) -> str:
    """Return why a version has its status: in the reader's language, or else as it is stored."""
    text = texts(translate.language).get(f"reason.{facts.get('code')}")
    return reason if text is None else text.format_map(_blanks(translate, facts))


def _blanks(translate: Translator, facts: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: translate.percent(value, 1)
        if name in CHANCES
        else translate.number(value, 3)
        if isinstance(value, float)
        else translate.among(NAMES.get(name, ""), value)
        for name, value in facts.items()
    }


def _previous_champion(items: list[Version]) -> int | None:
    """Return the version that scored last before the one that does."""
    retired = [
        version for version in items if version["status"] == "retired" and version["promoted_at"]
    ]
    newest = max(retired, key=lambda version: version["promoted_at"], default=None)
    return None if newest is None else int(newest["version"])


def _confirm_use(question: Question, version: int) -> None:
    translate = translator()
    text = "asked.sure" if question.head else "version.sure"
    st.write(translate(text, name=question.version(translate, version)))
    _confirm(question.address(f"/ml/models/{version}/promote"))


def _confirm_back(question: Question, before: int | None) -> None:
    translate = translator()
    if question.head:
        text = "asked.sure_none" if before is None else "asked.sure"
    else:
        text = "version.sure_back"
    st.write(translate(text, name=question.version(translate, before or RULES)))
    _confirm(question.address("/ml/rollback"))


def _confirm(path: str) -> None:
    translate = translator()
    if st.button(translate("version.yes"), type="primary"):
        done = perform(lambda: api().post(path), translate("version.done"))
        if done is not None:
            st.rerun()


def retrain(translate: Translator, question: Question) -> None:
    """Let the reader have the model trained again."""
    st.header(translate("model.retrain"), anchor=False)
    st.write(question.text(translate, "retrain_about"))
    if not st.button(translate("model.retrain_do"), icon=":material/school:"):
        return
    with st.spinner(translate("model.retraining"), show_time=True):
        answer = wait_for(
            question.address("/admin/ml/retrain"), question.text(translate, "too_little"),
            ignore_expected_mismatch=True,
        )  # fmt: skip
    if answer is not None:
        notify(translate("model.promoted" if answer["promoted"] else "model.kept"), DONE)
        st.rerun()
