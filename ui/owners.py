"""Whose leads are whose: given to somebody, and those of one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from ui.cards import card_of
from ui.session import DONE, api, fetch, live_board, new_choice, notify, perform, translator, user

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ui.translator import Translator

EVERYBODY, MINE, TEAM, NOBODY = "", "mine", "team", "nobody"
"""Whose leads are wished for, beside somebody's by name."""

NO_OWNER = "-"
"""What the API is asked for where nobody's leads are wished for."""


def mine() -> frozenset[str]:
    """Return by which names leads are the reader's, in small letters."""
    known = user()
    return frozenset(known[name].casefold() for name in ("name", "email")) if known else frozenset()


def team() -> str:
    """Return the word of the team that the reader works in; empty for none."""
    known = user()
    users = fetch("/users")["items"] if known else []
    return next((one["team"] or "" for one in users if known and one["id"] == known["id"]), "")


def _of_team() -> frozenset[str]:
    """Return by which names leads are the reader's team's, in small letters."""
    own = team().casefold()
    return (
        frozenset(
            one[name].casefold()
            for one in fetch("/users")["items"]
            if (one["team"] or "").casefold() == own != ""
            for name in ("name", "email")
        )
        or mine()
    )


def names() -> list[str]:
    """Return everybody whom leads are or may be with."""
    of_leads = {card.owner for card in live_board().cards.all() if card.owner}
    return sorted({*of_leads, *(one["name"] for one in fetch("/users")["items"])})


def wanted(chosen: str) -> frozenset[str]:
    """Return the owners, in small letters, that a choice means; nothing for everybody's leads."""
    if chosen == MINE:
        return mine()
    if chosen == TEAM:
        return _of_team()
    if chosen == NOBODY:
        return frozenset({""})
    return frozenset({chosen.casefold()} if chosen else ())


def of(lead: Mapping[str, Any]) -> str:
    """Return whom a lead is with; empty for nobody."""
    card = live_board().cards.get(lead["id"])
    return card.owner if card else card_of(lead).owner


def asked(chosen: str) -> dict[str, str]:
    """Return whose leads the API is to be asked for by a choice; nothing for everybody's."""
    known = user()
    if chosen == TEAM and (own := team()):
        return {"team": own}
    if chosen in {MINE, TEAM} and known:
        return {"owner": known["name"]}
    owner = NO_OWNER if chosen == NOBODY else chosen
    return {"owner": owner} if owner else {}


def assigner(translate: Translator, lead_id: str) -> None:
    """Let the reader give a lead to somebody, or take it."""
    card = live_board().cards.get(lead_id)
    offered = names()
    if card is None or not offered:
        return
    codes = [NOBODY, *offered]
    at = codes.index(card.owner) if card.owner in offered else 0
    key = f"owner:{lead_id}:{card.owner}"
    st.selectbox(
        translate("card.owner"), codes, at, key=key,
        on_change=_chosen, args=(lead_id, key, codes[at]),
        format_func=lambda code: translate("owner.nobody") if code == NOBODY else code,
    )  # fmt: skip


def _chosen(lead_id: str, key: str, shown: str) -> None:
    if owner := new_choice(key, shown):
        del st.session_state[key]  # a refused choice is not shown as if it counted
        assign([lead_id], None if owner == NOBODY else owner, once=key)


def assign(
    lead_ids: Sequence[str], owner: str | None, *, once: str | None = None
) -> dict[str, Any] | None:
    """Give leads to somebody, or with None to nobody; return what the API answered."""
    said: dict[str, Any] | None = perform(
        lambda: api().put("/crm/owners", lead_ids=list(lead_ids), owner=owner), once=once
    )
    if said is not None:
        show(said["before"], said["owner"], said["column"])
        translate = translator()
        if said["owner"]:
            text = translate(
                "owner.given", name=said["owner"], count=translate.number(len(said["before"]))
            )
        else:
            text = translate("owner.taken", count=translate.number(len(said["before"])))
        notify(text, DONE)
    return said


def show(lead_ids: Iterable[str], owner: str | None, column: str | None) -> None:
    """Show whom leads are with from now on."""
    live_board().cards.set_owner(lead_ids, owner or "", kept=column is None)
