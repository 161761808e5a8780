"""The application: pages, language, and what stands above every page."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from domain.catalogue import LANGUAGES
from ui import alerts, document, sign_in, theme
from ui.client import RefusedError, UnavailableError
from ui.pages import (
    clients,
    create,
    experiments,
    findings,
    imports,
    kanban,
    lead,
    leads,
    model,
    origins,
    overview,
    partners,
    segments,
    setup,
    today,
)
from ui.session import LANGUAGE, TOKEN, fetch, notifications, show_errors, translator, user
from ui.settings import settings

if TYPE_CHECKING:
    from ui.translator import Translator

ICONS = Path(__file__).resolve().parents[1]

# Each page's function and icon, by its address, as the menu lists them.
PAGES = {
    "overview": (overview.show, ":material/monitoring:"),
    "today": (today.show, ":material/today:"),
    "kanban": (kanban.show, ":material/view_kanban:"),
    "lead": (lead.show, ":material/person:"),
    "leads": (leads.show, ":material/groups:"),
    "clients": (clients.show, ":material/shopping_bag:"),
    "partners": (partners.show, ":material/handshake:"),
    "create": (create.show, ":material/person_add:"),
    "import": (imports.show, ":material/upload_file:"),
    "findings": (findings.show, ":material/troubleshoot:"),
    "segments": (segments.show, ":material/workspaces:"),
    "origins": (origins.show, ":material/campaign:"),
    "experiments": (experiments.show, ":material/science:"),
    "model": (model.show, ":material/school:"),
    "setup": (setup.show, ":material/settings:"),
}

LANGUAGE_NAMES = {"pt-BR": "Português", "es": "Español", "en": "English"}


def _choose_language() -> None:
    with st.sidebar.container(key="language"):
        st.segmented_control(
            "Idioma · Language",
            LANGUAGES,
            default=settings().language,
            format_func=LANGUAGE_NAMES.__getitem__,
            key=LANGUAGE,
            bind="query-params",
            required=True,
            label_visibility="collapsed",
        )


def _say_what_is_in_the_way(translate: Translator) -> None:
    """Show above any page what the stream found to be in its way when it last looked."""
    with suppress(UnavailableError, RefusedError):
        if problem := fetch("/health").get("problem"):
            text = translate("unavailable.problem", problem=theme.escape_markdown(problem))
            st.warning(text, icon=":material/warning:")


def main() -> None:
    """Draw the page that is asked for."""
    st.set_page_config(page_icon=str(ICONS / "icon.svg"), layout="wide")
    st.logo(str(ICONS / "logo.svg"), size="large")
    theme.apply()
    _choose_language()
    translate = translator()
    may_enter = sign_in.signed_in()
    document.apply(translate.language, st.session_state.get(TOKEN) or "")
    st_pages = {
        name: st.Page(
            show_errors(show if may_enter else sign_in.show), title=translate(f"page.{name}"),
            icon=icon, url_path=name, default=name == "overview",
        )
        for name, (show, icon) in PAGES.items()
    }  # fmt: skip
    st.session_state.pages = st_pages
    # Under the same addresses, so that a link leads to its page after signing in.
    page = st.navigation(
        list(st_pages.values()), position="sidebar" if may_enter else "hidden", expanded=True
    )
    name = next(name for name, one in st_pages.items() if one is page) if may_enter else "sign_in"
    st.set_page_config(page_title=f"{translate(f'page.{name}')} · Galope")
    sign_in.account(translate)
    if may_enter:
        sign_in.watch()
    if may_enter and user() is not None:
        alerts.alerts()
    notifications()
    _say_what_is_in_the_way(translate)
    page.run()


main()
