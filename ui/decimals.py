"""Numbers as people write them: a browser's own field would write them in its language."""

from __future__ import annotations

import re
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from ui.translator import Translator

LONGEST = 20
"""Letters of a number, at the most."""


def read_number(text: str) -> float:
    """Return a number as people write it; not a number where it is none.

    Examples
    --------
    >>> read_number("-2,5"), read_number(" 14.6 %"), read_number("cinco")
    (-2.5, 14.6, nan)
    """
    plain = text.strip(" %").replace(",", ".").replace("−", "-")
    return float(plain) if re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,9})?", plain) else nan


def decimal_input(
    translate: Translator,
    label: str,
    value: float | None,
    bounds: tuple[float, float],
    *,
    key: str,
    place: Any = st,
    blank: float = nan,
    **options: Any,
) -> float:
    """Ask for a number; return it, or not a number, and say so, where none was written.

    Parameters
    ----------
    translate
        The reader's language.
    label, value
        What is asked for, and what it begins with; None for nothing.
    bounds
        The least and the most.
    key
        Of the field. Another language begins it anew.
    place
        Where it is drawn.
    blank
        What nothing says.
    options
        Of Streamlit's text field.
    """
    text: str = place.text_input(
        label, "" if value is None else translate.decimal(value), LONGEST,
        key=f"{key}:{translate.language}", **options,
    )  # fmt: skip
    number = read_number(text) if text.strip() else blank
    least, most = bounds
    if isnan(number) or not least <= number <= most:
        low, high = translate.decimal(least), translate.decimal(most)
        place.warning(translate("number.between", low=low, high=high), icon=":material/info:")
        return nan
    return number
