"""What the audit finds: nothing serious in a healthy world, and each fault put into it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace

import pytest

from demo.population import World, population
from domain.bands import HOT
from domain.directions import FREE, Direction, Directions
from domain.heads import QUALIFY
from domain.outcomes import HORIZON, resolve
from domain.profile import profile_of
from domain.scoring import score_lead
from domain.state import DAY, HOUR
from offline.audit import Audit, Material, audit
from offline.findings import FEWEST, Code, Finding, Severity
from offline.fit import fit_baseline
from offline.history import History, dataset
from offline.leakage import Before
from offline.train import TooLittleHistoryError

NOW = 1_760_000_000.0
LEADS = 800


def invented(leads: int, seed: int) -> Iterator[History]:
    """Leads of the demo's world as the database would tell them."""
    for number, life in enumerate(population(World(), seed, leads, NOW - 90 * DAY, NOW)):
        events = life.until(NOW)
        outcome = resolve(QUALIFY, life.created_at, events, NOW)
        profile = profile_of(asdict(life.profile))
        yield History(str(number), life.created_at, profile, events, outcome)


@pytest.fixture(scope="module")
def healthy() -> Material:
    """A world whose scores come from a model that learned from another one like it."""
    card = fit_baseline(dataset(invented(LEADS, seed=2))).model.scorecard(1)
    histories = list(invented(LEADS, seed=1))
    before, reasons = [], []
    for one in histories:
        until = one.outcome.resolved_at if one.outcome else NOW
        scored = [(at, score_lead(state, card, at)) for _, at, state in one.moments() if at < until]
        if not scored:
            continue
        reasons.append([(reason.code, reason.points) for reason in scored[-1][1].reasons])
        if one.outcome:
            hot = [at for at, said in scored if said.score >= HOT]
            highest = max(said.score for _, said in scored)
            waited = until - hot[0] if hot else None
            by_event = one.outcome.source != HORIZON
            before.append(Before(one.outcome.converted, by_event, highest, waited))
    return Material(QUALIFY, FREE, NOW, histories, before, reasons)


def won(one: History) -> bool:
    return one.outcome is not None and one.outcome.converted


def lost(one: History) -> bool:
    return one.outcome is not None and not one.outcome.converted


def every(share: int, which: Callable[[History], bool]) -> Callable[[History], bool]:
    """One in so many of the leads that are so."""
    return lambda one: which(one) and int(one.lead_id) % share == 0


def answering(
    histories: Iterable[History], column: str, answer: str, which: Callable[[History], bool]
) -> list[History]:
    """The histories with an answer more, of those leads."""
    return [
        replace(one, profile=one.profile | {column: answer}) if which(one) else one
        for one in histories
    ]


def recording(
    histories: Iterable[History],
    kind: str,
    when: Callable[[History, float], float],
    which: Callable[[History], bool],
) -> list[History]:
    """The histories with an event more, of those leads, at a time that follows from the outcome."""
    return [
        replace(
            one,
            events=sorted(
                [*one.events, (kind, when(one, one.outcome.resolved_at))],
                key=lambda event: event[1],
            ),
        )
        if which(one) and one.outcome
        else one
        for one in histories
    ]


def half_way(one: History, resolved_at: float) -> float:
    return (one.created_at + resolved_at) / 2


Fault = Callable[[Material], Material]

FAULTS: dict[Code, tuple[Fault, str]] = {
    Code.DISPUTED_DIRECTION: (
        lambda m: replace(
            m,
            histories=recording(m.histories, "visit", half_way, every(4, lost)),
            directions=Directions({"visit": Direction.UP}),
        ),
        "event:visit: 1+",
    ),
    Code.TELLS_ALONE: (
        lambda m: replace(m, histories=answering(m.histories, "contract", "signed", won)),
        "profile:contract|signed",
    ),
    Code.ABSENT_WHILE_OPEN: (
        lambda m: replace(
            m, histories=recording(m.histories, "visit", half_way, lambda one: bool(one.outcome))
        ),
        "event:visit",
    ),
    Code.ONLY_ONE_OUTCOME: (
        lambda m: replace(m, histories=answering(m.histories, "why_lost", "price", every(4, lost))),
        "profile:why_lost",
    ),
    Code.WITH_OUTCOME: (
        lambda m: replace(m, histories=recording(m.histories, "paid", lambda _, at: at - 2, won)),
        "event:paid",
    ),
    Code.AFTER_OUTCOME: (
        lambda m: replace(m, histories=recording(m.histories, "paid", lambda _, at: at + 2, won)),
        "event:paid",
    ),
    Code.SCORE_DECIDES: (
        lambda m: replace(
            m,
            before=[one._replace(highest=72 if one.converted else 61) for one in m.before],
        ),
        "score >= 72",
    ),
    Code.CONVERTED_BY_MACHINE: (
        lambda m: replace(m, before=[one._replace(waited=1.5) for one in m.before]),
        "score >= 70",
    ),
    Code.SAME_REASONS: (
        lambda m: replace(
            m, reasons=[[("profile:uf", 5), ("start", at % 40)] for at, _ in enumerate(m.reasons)]
        ),
        "profile:uf",
    ),
    Code.SAME_TOP_REASON: (
        lambda m: replace(m, reasons=[[("timing", -30), *said] for said in m.reasons]),
        "timing",
    ),
    Code.FEW_LEADS: (
        lambda m: replace(
            m, histories=answering(m.histories, "uf", "AC", lambda one: one.lead_id in {"1", "3"})
        ),
        "profile:uf: ac (",
    ),
    Code.ONE_OUTCOME_GROUPS: (
        lambda m: replace(m, histories=answering(m.histories, "uf", "RR", every(4, lost))),
        "profile:uf: rr (",
    ),
}


def subjects(found: Audit, code: Code) -> list[str]:
    return [one.subject for one in found.findings if one.code is code]


@pytest.mark.no_cover
def test_a_healthy_world_has_nothing_serious(healthy: Material) -> None:
    found = audit(healthy)
    assert found.serious == 0
    assert not found.unchecked
    assert {one.code for one in found.findings} <= {Code.FEW_LEADS}


@pytest.mark.parametrize("code", Code)
@pytest.mark.no_cover
def test_each_fault_is_found_and_named(healthy: Material, code: Code) -> None:
    fault, subject = FAULTS[code]
    assert any(one.startswith(subject) for one in subjects(audit(fault(healthy)), code))


@pytest.mark.parametrize("code", Code)
def test_a_finding_says_what_where_and_what_to_do(code: Code) -> None:
    finding = Finding(code, "profile:uf", 0.97, 0.95)
    said = finding.as_json()
    assert list(said) == ["code", "subject", "figure", "limit", "severity", "text", "remedy"]
    assert "profile:uf" in finding.text
    assert finding.remedy.endswith(".")


def test_a_feature_against_converting_tells_alone_too(healthy: Material) -> None:
    histories = answering(healthy.histories, "why_lost", "price", lost)
    found = audit(replace(healthy, histories=histories))
    assert subjects(found, Code.TELLS_ALONE) == ["profile:why_lost|price"]


def test_a_value_that_only_resolved_leads_have_is_found(healthy: Material) -> None:
    histories = answering(healthy.histories, "state", "new", lambda _: True)
    histories = answering(histories, "state", "closed", every(2, won))
    histories = answering(histories, "state", "closed", every(3, lost))
    found = audit(replace(healthy, histories=histories))
    assert subjects(found, Code.ABSENT_WHILE_OPEN) == ["profile:state|closed"]


def test_what_went_out_of_use_is_no_leak(healthy: Material) -> None:
    until = NOW - QUALIFY.horizon
    histories = answering(healthy.histories, "fax", "yes", lambda one: one.created_at < until)
    assert audit(replace(healthy, histories=histories)).serious == 0


def test_what_open_leads_have_in_time_is_no_leak(healthy: Material) -> None:
    """An event three hours after a lead came, of those that convert or still may."""
    histories = [
        replace(
            one,
            events=sorted(
                [*one.events, ("keen", one.created_at + 3 * HOUR)], key=lambda event: event[1]
            ),
        )
        if int(one.lead_id) % 3 and not lost(one) and one.created_at + 3 * HOUR < NOW
        else one
        for one in healthy.histories
    ]
    assert not subjects(audit(replace(healthy, histories=histories)), Code.ABSENT_WHILE_OPEN)


def test_what_can_not_be_checked_is_said(healthy: Material) -> None:
    closed = [one for one in healthy.histories if one.outcome]
    found = audit(replace(healthy, histories=closed, before=[], reasons=[]))
    assert len(found.unchecked) == 3
    assert found.serious == 0


def test_too_few_of_one_outcome_are_too_little(healthy: Material) -> None:
    converted = [one for one in healthy.histories if won(one)][: FEWEST - 1]
    histories = [*converted, *(one for one in healthy.histories if not won(one))]
    with pytest.raises(TooLittleHistoryError, match="19 of them converted"):
        audit(replace(healthy, histories=histories))


def test_serious_findings_come_first(healthy: Material) -> None:
    for code in (Code.FEW_LEADS, Code.TELLS_ALONE):
        healthy = FAULTS[code][0](healthy)
    severities = [one.severity for one in audit(healthy).findings]
    assert severities[0] is Severity.SERIOUS
    assert severities[-1] is Severity.WARNING
