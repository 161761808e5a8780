"""Which of two models is better: a cascade of measures, ties stated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from offline.metrics import Quality


@dataclass(frozen=True, slots=True)
class Rung:
    """One measure of the cascade.

    Parameters
    ----------
    code, name
        For programs, and as it is reported.
    tie
        Difference up to which two models are as good as each other.
    """

    code: str
    name: str
    tie: float


CASCADE = (
    Rung("auc", "AUC", 0.002),
    Rung("average_precision", "average precision", 0.002),
    Rung("brier", "Brier", 0.0005),
    Rung("latency", "latency", 2.0),
)
"""Asked in this order, until one tells. Latency is in microseconds a lead."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a model takes another one's place, and why.

    Parameters
    ----------
    verdict
        ``better``, ``worse``, or ``even`` where every measure was a tie.
    reason
        In words.
    figures
        The measure that told, with what both came to; empty where none did.
    """

    verdict: str
    reason: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def promote(self) -> bool:
        """Whether it takes the other's place."""
        return self.verdict == "better"


def decide(
    challenger: Quality, holder: Quality, latency: tuple[float, float], held_by: str
) -> Decision:
    """Return whether a challenger is better than what scores now; a tie on all keeps that.

    Parameters
    ----------
    challenger, holder
        Their measures on the same leads.
    latency
        What scoring a lead takes each of them, in microseconds.
    held_by
        What scores now, in words.

    Examples
    --------
    >>> from dataclasses import replace
    >>> old = Quality(0.80, 0.6, 0.7, 0.15, 0.02, ((0, 0), (0, 0)), 0.5, 900, 0.3)
    >>> decide(replace(old, auc=0.801, brier=0.14), old, (5.0, 5.0), "model 3").reason
    'AUC 0.801 v 0.800 of model 3: a tie; average precision 0.600 v 0.600: a tie; Brier 0.140 v \
0.150: better'
    """
    pairs = (
        (challenger.auc, holder.auc, 1),
        (challenger.average_precision, holder.average_precision, 1),
        (challenger.brier, holder.brier, -1),
        (*latency, -1),
    )
    reasons: list[str] = []
    for rung, (mine, theirs, sign) in zip(CASCADE, pairs, strict=True):
        of = "" if reasons else f" of {held_by}"
        text = f"{rung.name} {mine:.3f} v {theirs:.3f}{of}"
        gain = sign * (mine - theirs)
        if abs(gain) > rung.tie:
            verdict = "better" if gain > 0 else "worse"
            figures = {"measure": rung.code, "mine": mine, "theirs": theirs}
            return Decision(verdict, "; ".join([*reasons, f"{text}: {verdict}"]), figures)
        reasons.append(f"{text}: a tie")
    return Decision("even", "; ".join([*reasons, "what scores stays"]))
