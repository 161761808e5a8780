"""Places in Brazil: which states touch, which city names are the same, and coordinates."""

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from domain.partners.words import folded

_BORDERS = """
    AC-AM AC-RO AL-BA AL-PE AL-SE AM-MT AM-PA AM-RO AM-RR AP-PA BA-ES BA-GO BA-MG BA-PE BA-PI BA-SE
    BA-TO CE-PB CE-PE CE-PI CE-RN DF-GO DF-MG ES-MG ES-RJ GO-MG GO-MS GO-MT GO-TO MA-PA MA-PI MA-TO
    MG-MS MG-RJ MG-SP MS-MT MS-PR MS-SP MT-PA MT-RO MT-TO PA-RR PA-TO PB-PE PB-RN PE-PI PI-TO PR-SC
    PR-SP RJ-SP RS-SC
"""

_TOUCHING = [pair.split("-") for pair in _BORDERS.split()]

UFS = tuple(sorted({uf for pair in _TOUCHING for uf in pair}))
"""The 27 federative units."""

NEIGHBOURS: Mapping[str, frozenset[str]] = {
    uf: frozenset(
        neighbour for pair in _TOUCHING if uf in pair for neighbour in pair if neighbour != uf
    )
    for uf in UFS
}
"""The units that share a border with each."""

_AREAS = """
    AC68 AL82 AM92 AM97 AP96 BA71 BA73 BA74 BA75 BA77 CE85 CE88 DF61 ES27 ES28 GO61 GO62 GO64
    MA98 MA99 MG31 MG32 MG33 MG34 MG35 MG37 MG38 MS67 MT65 MT66 PA91 PA93 PA94 PB83 PE81 PE87
    PI86 PI89 PR41 PR42 PR43 PR44 PR45 PR46 RJ21 RJ22 RJ24 RN84 RO69 RR95 RS51 RS53 RS54 RS55
    SC42 SC47 SC48 SC49 SE79 SP11 SP12 SP13 SP14 SP15 SP16 SP17 SP18 SP19 TO63
"""

AREAS: Mapping[str, tuple[str, ...]] = {
    code: tuple(re.findall(rf"([A-Z]{{2}}){code}", _AREAS)) for code in re.findall(r"\d+", _AREAS)
}
"""By area code, the units whose telephones have it. Source: Anatel's numbering plan."""

_UF_AFTER_CITY = re.compile(r"\s*[-/,(]\s*[a-z]{2}\)?$")

Coordinates = tuple[float, float]
"""Latitude and longitude, in degrees."""


def uf_of(written: object) -> str:
    """Return a unit's two letters, or an empty text when there is no such unit.

    Examples
    --------
    >>> uf_of(" mg "), uf_of("XX"), uf_of(None)
    ('MG', '', '')
    """
    uf = written.strip().upper() if isinstance(written, str) else ""
    return uf if uf in NEIGHBOURS else ""


def city_of(written: object) -> str:
    """Return a city's name as it is compared.

    Examples
    --------
    >>> city_of("GOIÂNIA"), city_of("Uberaba / MG"), city_of(None)
    ('goiania', 'uberaba', '')
    """
    return _UF_AFTER_CITY.sub("", folded(written)) if isinstance(written, str) else ""


def coordinates_of(address: object) -> Coordinates | None:
    """Return where an address says it is, or None when it does not.

    Parameters
    ----------
    address
        JSON: an object with latitude and longitude under one of their usual names, or its text.

    Examples
    --------
    >>> coordinates_of({"lat": -19.7, "lng": "-47,9"}), coordinates_of('{"latitude": 91}')
    ((-19.7, -47.9), None)
    """
    if isinstance(address, str):
        try:
            address = json.loads(address)
        except ValueError:
            return None
    if not isinstance(address, Mapping):
        return None
    latitude = _degrees(address, ("lat", "latitude"), 90)
    longitude = _degrees(address, ("lon", "lng", "long", "longitude"), 180)
    return None if latitude is None or longitude is None else (latitude, longitude)


def _degrees(address: Mapping[str, Any], names: tuple[str, ...], most: float) -> float | None:
    value: Any = next((address[name] for name in names if address.get(name) is not None), None)
    try:
        degrees = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        return None
    return degrees if isfinite(degrees) and abs(degrees) <= most else None
