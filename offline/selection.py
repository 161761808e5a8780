"""Which of two models is better: a cascade of measures, ties stated."""

from dataclasses import dataclass

from offline.metrics import Quality


@dataclass(frozen=True, slots=True)
class Rung:
    """One measure of the cascade.

    Parameters
    ----------
    name
        As it is reported.
    tie
        Difference up to which two models are as good as each other.
    """

    name: str
    tie: float


CASCADE = (
    Rung("AUC", 0.002),
    Rung("average precision", 0.002),
    Rung("Brier", 0.0005),
    Rung("latency", 2.0),
)
"""Asked in this order, until one tells. Latency is in microseconds a lead."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a model takes another one's place, and why in words."""

    promote: bool
    reason: str


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
    said: list[str] = []
    for rung, (mine, theirs, sign) in zip(CASCADE, pairs, strict=True):
        of = "" if said else f" of {held_by}"
        text = f"{rung.name} {mine:.3f} v {theirs:.3f}{of}"
        gain = sign * (mine - theirs)
        if abs(gain) > rung.tie:
            said.append(f"{text}: {'better' if gain > 0 else 'worse'}")
            return Decision(gain > 0, "; ".join(said))
        said.append(f"{text}: a tie")
    return Decision(False, "; ".join([*said, "what scores stays"]))
