"""What is odd of leads and partners: what can be found, and what their answers contradict."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from domain.partners.cnae import SAME_SECTION, code_of, nearness
from domain.partners.places import AREAS, uf_of
from domain.partners.segments import SEGMENTS, segment_of

Facts = dict[str, Any]
"""JSON values that say what was found, and no personal data."""

AREA = 2
"""Digits of an area code."""

NATIONAL = (10, 11)
"""Digits of a telephone with its area code."""

HURRY = "7d"
"""The deadline of those who want to buy within a week."""


class Anomaly(StrEnum):
    """What was found; stable, so that catalogues can say it in words."""

    UNUSUAL = "unusual"
    SAME_LEAD = "same_lead"
    SAME_PARTNER = "same_partner"
    HURRY_WITHOUT_BUDGET = "hurry_without_budget"
    CAME_IN_FUTURE = "came_in_future"
    HAPPENED_IN_FUTURE = "happened_in_future"
    PLACE_DISAGREES = "place_disagrees"
    ODD_ACTIVITY = "odd_activity"
    MACHINE = "machine"


class Part(NamedTuple):
    """What makes a lead unusual, of one signal.

    Parameters
    ----------
    signal
        Such as ``event:cta_click``.
    kind
        How the value is read: ``count``, ``hours`` or ``number``; ``rare`` for an answer that few
        give, ``unanswered`` where few give none; ``more`` or ``less`` where the number itself says
        nothing to people.
    value, usual
        The lead's, and the median lead's; of an answer, the share of leads that give it, or none.
    """

    signal: str
    kind: str
    value: float
    usual: float


def contradictions(lead: Mapping[str, Any]) -> Iterator[tuple[Anomaly, Facts]]:
    """Yield what a lead's answers contradict.

    Parameters
    ----------
    lead
        ``uf``, ``prazo_compra``, ``orcamento_faixa``, and ``phone``, in digits from the area code
        on; ``came`` and ``happened``, days that lie ahead, or None.

    Examples
    --------
    >>> lead = dict.fromkeys(("prazo_compra", "orcamento_faixa", "came", "happened"))
    >>> [(code, facts)] = contradictions(lead | {"uf": "MG", "phone": "11999990000"})
    >>> code.value, facts
    ('place_disagrees', {'area': '11', 'theirs': 'SP', 'uf': 'MG'})
    """
    if lead["prazo_compra"] == HURRY and not lead["orcamento_faixa"]:
        yield Anomaly.HURRY_WITHOUT_BUDGET, {}
    if lead["came"]:
        yield Anomaly.CAME_IN_FUTURE, {"day": lead["came"]}
    if lead["happened"]:
        yield Anomaly.HAPPENED_IN_FUTURE, {"day": lead["happened"]}
    uf, phone = uf_of(lead["uf"]), lead["phone"] or ""
    theirs = AREAS.get(phone[:AREA], ()) if len(phone) in NATIONAL else ()
    if uf and theirs and uf not in theirs:
        yield (
            Anomaly.PLACE_DISAGREES,
            {"area": phone[:AREA], "theirs": "/".join(theirs), "uf": uf},
        )


def odd_activity(segment: str | None, activities: Iterable[str | None]) -> Facts | None:
    """Return what is odd of a partner's activities, or None where nothing is.

    Odd is a segment for which none of the registered activities is even of a division that serves
    it. A segment that is not known, and codes that can't be read, say nothing.

    Parameters
    ----------
    segment
        As the partner says it.
    activities
        CNAE codes, the principal one first.

    Examples
    --------
    >>> odd_activity("Serviços", ["6201-5/01"]), odd_activity("Serviços", ["7500-1/00"])
    ({'activity': '6201501', 'segment': 'SERVICOS'}, None)
    """
    name = segment_of(segment)
    codes = [code for code in map(code_of, activities) if code]
    if name not in SEGMENTS or not codes:
        return None
    near = max(nearness(code, known) for code in codes for known in SEGMENTS[name].activities)
    return None if near > SAME_SECTION else {"activity": codes[0], "segment": name}
