"""To come."""

import streamlit as st

from ui import look
from ui.session import words


def show() -> None:
    """Draw the page."""
    said = words()
    look.title(said("page.setup"), "")
