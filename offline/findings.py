"""The vocabulary of the audit: what can be found, how bad it is, and what to do about it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, NamedTuple

FEWEST = 20
"""Leads that a finding stands on at the least, and that a group needs."""

NEARLY_ALL = 0.95
"""Share that counts as everybody."""


class Severity(StrEnum):
    """How bad a finding is: whether scores can be trusted before it is mended."""

    SERIOUS = "serious"
    WARNING = "warning"


class Code(StrEnum):
    """What was found; stable, so that catalogues can say it in other words."""

    TELLS_ALONE = "tells_alone"
    ABSENT_WHILE_OPEN = "absent_while_open"
    ONLY_ONE_OUTCOME = "only_one_outcome"
    WITH_OUTCOME = "with_outcome"
    AFTER_OUTCOME = "after_outcome"
    SCORE_DECIDES = "score_decides"
    CONVERTED_BY_MACHINE = "converted_by_machine"
    SAME_REASONS = "same_reasons"
    SAME_TOP_REASON = "same_top_reason"
    FEW_LEADS = "few_leads"
    ONE_OUTCOME_GROUPS = "one_outcome_groups"
    DISPUTED_DIRECTION = "disputed_direction"


class _Words(NamedTuple):
    """How bad a kind of finding is, and what is said of it and to be done about it."""

    severity: Severity
    text: str
    remedy: str


_HIDE = (
    "If it is filled in or recorded because of the outcome, take it out of leads and events, or"
    " write it down elsewhere; then train again."
)

_WORDS = {
    Code.TELLS_ALONE: _Words(
        Severity.SERIOUS,
        "{subject} alone tells converted leads from others with an AUC of {figure:.3f}; a single"
        " honest feature stays below {limit:.2f}.",
        _HIDE,
    ),
    Code.ABSENT_WHILE_OPEN: _Words(
        Severity.SERIOUS,
        "{subject} is known of {figure:.1%} of the open leads that should have it, going by what"
        " is known of resolved leads as old as they are (limit {limit:.0%}): it comes after the"
        " outcome, or is dated back.",
        _HIDE,
    ),
    Code.ONLY_ONE_OUTCOME: _Words(
        Severity.SERIOUS,
        "{subject} is filled in only for leads of one outcome, and for no open lead; the"
        " probability of that by chance is {figure:.0e} (limit {limit:.0e}).",
        _HIDE,
    ),
    Code.WITH_OUTCOME: _Words(
        Severity.SERIOUS,
        "{figure:.0%} of the leads with {subject} got it in the minute before their outcome or"
        " after it (limit {limit:.0%}): it is written down with the outcome, sometimes just before"
        " it, and models learn from that.",
        "If it says that the lead converted or was lost, count it as that in the settings of the"
        " admin; else record it when it happens, or after the outcome. Then train again.",
    ),
    Code.AFTER_OUTCOME: _Words(
        Severity.WARNING,
        "{figure:.0%} of the leads with {subject} got it only with or after their outcome (limit"
        " {limit:.0%}): no model can use it.",
        "If it says that the lead converted or was lost, count it as that in the settings of the"
        " admin; else nothing needs doing.",
    ),
    Code.SCORE_DECIDES: _Words(
        Severity.SERIOUS,
        "At least {figure:.0%} of the converted leads had reached {subject} before their outcome,"
        " and at least as many of the others never did (limit {limit:.0%}): the score seems to"
        " make the outcomes that it is then measured by.",
        "See who or what hands leads off. Count as conversions only what people or customers do"
        " whatever the score, and let people hand off leads below it too. If"
        " another finding names a feature, mend that first.",
    ),
    Code.CONVERTED_BY_MACHINE: _Words(
        Severity.SERIOUS,
        "{figure:.0%} of the conversions came within five seconds after {subject} (limit"
        " {limit:.0%}): faster than people act.",
        "A machine that answers the score is no outcome. Do not count its event as success, or"
        " give it an event type of its own, and count what becomes of the lead later.",
    ),
    Code.SAME_REASONS: _Words(
        Severity.SERIOUS,
        "{figure:.0%} of the scored leads have the same reasons: {subject} (limit {limit:.0%}).",
        "Look whether events and answers of single leads reach leads and events at all, and"
        " whether the model in use is the one you mean: python -m offline.models list.",
    ),
    Code.SAME_TOP_REASON: _Words(
        Severity.WARNING,
        "{figure:.0%} of the scored leads have the same first reason: {subject} (limit"
        " {limit:.0%}).",
        "Look at the newest training report: one signal outweighs all others, or leads differ in"
        " nothing else that is recorded.",
    ),
    Code.FEW_LEADS: _Words(
        Severity.WARNING,
        "{subject}: too few resolved leads to learn from, {figure:.0f} in the smallest group (limit"
        " {limit:.0f}).",
        "Their scores rest on everything else. Merge them with like groups, or correct how they"
        " are written; else wait for more.",
    ),
    Code.ONE_OUTCOME_GROUPS: _Words(
        Severity.WARNING,
        "{subject}: groups of which all resolved leads, {figure:.0f} at the least, had the same"
        " outcome.",
        "Look whether outcomes are recorded for these leads like for the others. If so, nothing"
        " needs doing: the model is drawn to the rules until it has seen both kinds.",
    ),
    Code.DISPUTED_DIRECTION: _Words(
        Severity.WARNING,
        "{figure:.0%} of the leads with {subject} converted, {limit:.0%} of those with less of it:"
        " history contradicts the direction that it has.",
        "Nothing needs doing: the score keeps the direction, at some cost. If it is right that more"
        " of it lowers a score, give it the direction free in the policy, and train again.",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Parameters
    ----------
    code
        What kind of thing.
    subject
        The feature, column, event type, score or groups it is about.
    figure, limit
        What was measured, and where it begins to be a finding.
    """

    code: Code
    subject: str
    figure: float
    limit: float

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return _WORDS[self.code].severity

    @property
    def text(self) -> str:
        """What was found, in words."""
        return _WORDS[self.code].text.format(**asdict(self))

    @property
    def remedy(self) -> str:
        """What to do about it, in words."""
        return _WORDS[self.code].remedy

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        properties = {"severity": self.severity, "text": self.text, "remedy": self.remedy}
        return asdict(self) | properties


class TooFewLeadsError(Exception):
    """Something can't be looked into yet; the message says what, and what that needs."""
