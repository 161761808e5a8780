"""CNAE codes, Brazil's classification of economic activities: read as written, and compared.

A subclass such as 0152-1/02 belongs to class 0152, group 015, division 01 and section A. Source of
the hierarchy: IBGE, CNAE 2.3.
"""

import re
from bisect import bisect_right

SUBCLASS, CLASS, GROUP, DIVISION = 7, 4, 3, 2
"""Digits that name each level. The fifth of a subclass's seven checks the class."""

NEARNESS = ((SUBCLASS, 1.0), (CLASS, 0.8), (GROUP, 0.6), (DIVISION, 0.4))
"""How near two activities are that share so many first digits, 0 to 1."""

SAME_SECTION = 0.1
"""Hardly near: one section is all of commerce."""

_SECTION_STARTS = (1, 5, 10, 35, 36, 41, 45, 49, 55, 58, 64, 68, 69, 77, 84, 85, 86, 90, 94, 97, 99)
_SECTIONS = "ABCDEFGHIJKLMNOPQRSTU"

# A spreadsheet takes 4930-2/02 for a day of the year 4930, and writes it as one.
_AS_DATE = re.compile(r"(?P<subclass>\d\d)/0(?P<check>\d)/(?P<class>\d{4})")
_AS_ISO_DATE = re.compile(r"(?P<class>\d{4})-0(?P<check>\d)-(?P<subclass>\d\d)(?!\d)")
_AS_CODE = re.compile(r"\d[\d./-]*")


def code_of(written: object) -> str:
    """Return a code's digits: seven, or the first ones where only a higher level is named.

    Parameters
    ----------
    written
        A code as people, registries and spreadsheets write it, with or without its name after it.

    Returns
    -------
    str
        Empty when there is no code in it.

    Examples
    --------
    >>> [code_of(one) for one in ("0152-1/02", "01.52-1-02", "152102", "02/02/4930", "0152", "n/d")]
    ['0152102', '0152102', '0152102', '4930202', '0152', '']
    """
    if isinstance(written, bool) or not isinstance(written, str | int):
        return ""
    text = str(written).strip()
    date = _AS_DATE.match(text) or _AS_ISO_DATE.match(text)
    if date:
        return date["class"] + date["check"] + date["subclass"]
    as_code = _AS_CODE.match(text)
    digits = re.sub(r"\D", "", as_code[0]) if as_code else ""
    if len(digits) == SUBCLASS - 1:  # a number has lost its leading zero
        digits = "0" + digits
    return digits if DIVISION <= len(digits) <= SUBCLASS and section_of(digits) else ""


def section_of(code: str) -> str:
    """Return the letter of a code's section; empty when there is no such division.

    Examples
    --------
    >>> section_of("0152102"), section_of("4763602"), section_of("00")
    ('A', 'G', '')
    """
    at = bisect_right(_SECTION_STARTS, int(code[:DIVISION]))
    return _SECTIONS[at - 1] if at else ""


def nearness(first: str, second: str) -> float:
    """Return how near two activities are in the hierarchy, 0 to 1.

    Parameters
    ----------
    first, second
        As `code_of` returns them; an empty one is near nothing.

    Examples
    --------
    >>> nearness("0152102", "0152103"), nearness("0152102", "0162899"), nearness("01", "")
    (0.8, 0.4, 0.0)
    """
    if not first or not second:
        return 0.0
    for digits, near in NEARNESS:
        if len(first) >= digits and first[:digits] == second[:digits]:
            return near
    return SAME_SECTION if section_of(first) == section_of(second) else 0.0
