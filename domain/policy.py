"""What a team decided about its funnel: what counts as success, what is hot, what events bring."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.heads import CONVERTS, HORIZON_DAYS, LOSES, Head, qualify
from domain.rules import EVENT_RULES, MANUAL_MOVE
from domain.scorecard import Scale


@dataclass(frozen=True, slots=True)
class Policy:
    """One team's decisions.

    Parameters
    ----------
    converts
        Event types that say a lead qualified.
    loses
        Event types that say it did not.
    horizon_days
        Days after which silence says so too.
    warm, hot
        Probabilities that score 40 and 70; None for those that the base rate suggests.
    points
        Rule points by event type, where they are not those of `domain.rules`.
    """

    converts: frozenset[str] = CONVERTS
    loses: frozenset[str] = LOSES
    horizon_days: int = HORIZON_DAYS
    warm: float | None = None
    hot: float | None = None
    points: Mapping[str, int] = field(default_factory=dict)

    def having(self, decided: Mapping[str, Any]) -> "Policy":
        """Return the policy with what was decided, as JSON values by field, in place of its own.

        Examples
        --------
        >>> Policy().having({"converts": ["sale"], "horizon_days": 7}).head.name
        'qualify_7d'
        """
        sets = {name: frozenset(decided[name]) for name in decided.keys() & {"converts", "loses"}}
        return replace(self, **{**decided, **sets})

    @property
    def head(self) -> Head:
        """The question that scores answer."""
        return qualify(self.converts, self.loses, self.horizon_days)

    @property
    def scale(self) -> Scale | None:
        """From log-odds to points; None where the base rate is to say."""
        return None if self.warm is None or self.hot is None else Scale(self.warm, self.hot)

    @property
    def rule_points(self) -> dict[str, int]:
        """Rule points of every event type that a team may value; its own moves are no behaviour."""
        return {
            kind: self.points.get(kind, rule.points)
            for kind, rule in EVENT_RULES.items()
            if not kind.startswith(MANUAL_MOVE)
        }


OURS = Policy()
"""What counts where nobody decided otherwise."""
