"""The order of a table that shows a part of its rows: asked of the API, so that it is of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.delta_generator import DeltaGenerator

ARROWS = {"": "↑", "-": "↓"}
"""Upwards, and downwards, by what stands before a column's name when the API is asked."""


@dataclass(frozen=True, slots=True)
class TableOrder:
    """By which column a reader has a table's rows.

    Parameters
    ----------
    key
        Of the choice, in the session state.
    names
        Columns in the reader's words, by what the API calls them.
    first
        The order at first, as the API takes it.
    downwards
        Columns whose largest values are wished for first.
    """

    key: str
    names: Mapping[str, str]
    first: str
    downwards: frozenset[str] = frozenset()

    @property
    def current(self) -> str:
        """The order that was chosen, as the API takes it."""
        chosen: str = st.session_state.get(self.key, self.first)
        return chosen

    def choose(self, place: DeltaGenerator, label: str) -> None:
        """Let the reader choose by a select; a click on a column's head does the same."""
        turns = [f"{turn}{column}" for column in self.names for turn in self._turns(column)]
        place.selectbox(
            label, turns, turns.index(self.first), key=self.key, bind="query-params",
            format_func=self._title,
        )  # fmt: skip

    def head(self, column: str) -> str:
        """Return a column's head, which says whether and how rows are sorted by it."""
        sorted_by = self.current.removeprefix("-")
        return self._title(self.current) if column == sorted_by else self.names[column]

    def pick(self, table: str, drawn: str) -> None:
        """Sort by the column of a table whose head was clicked; again turns the order round.

        Parameters
        ----------
        table
            Key of the table.
        drawn
            The order it was drawn in: Streamlit may call this twice for one click.
        """
        for column in st.session_state[table]["selection"]["columns"]:
            turns = [f"{turn}{column}" for turn in self._turns(column)]
            st.session_state[self.key] = turns[1] if drawn == turns[0] else turns[0]

    def _turns(self, column: str) -> tuple[str, str]:
        return ("-", "") if column in self.downwards else ("", "-")

    def _title(self, order: str) -> str:
        turn = order[: order.startswith("-")]
        return f"{self.names[order.removeprefix('-')]} {ARROWS[turn]}"
