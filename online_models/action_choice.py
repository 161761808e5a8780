"""Which action is recommended where actions are learned: drawn, so that a log tells about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from domain.actions import Action, Draw
from domain.experiments.declaration import BuiltInArm
from domain.features import Features
from domain.lots import lot
from domain.recommendations import WINDOW
from online_models.action_policy import ActionPolicy, AdditiveModel

SEED = 1
"""Of the draws that chances are told from: the same for all, so that equals have equal chances."""


class Decision(NamedTuple):
    """An action that was drawn for a lead, and since when it stands.

    Parameters
    ----------
    at
        When it was drawn, in seconds since 1970.
    draw
        How.
    """

    at: float
    draw: Draw

    def stands(self, suggested: Action, allowed: Sequence[Action], now: float) -> bool:
        """Tell whether it is what a lead has: as long as something may come of it, at the most.

        Parameters
        ----------
        suggested, allowed
            What the rules suggest now, and what is allowed.
        now
            In seconds since 1970.
        """
        draw = self.draw
        same = draw.suggested is suggested and [*draw.chances] == [*allowed]
        return same and now - self.at < WINDOW

    def to_json(self, values: Features) -> dict[str, Any]:
        """Return what is kept of it, with what a model read of the lead, as JSON values."""
        return {
            "at": self.at,
            "action": self.draw.action,
            "suggested": self.draw.suggested,
            "chances": {action.value: chance for action, chance in self.draw.chances.items()},
            "lot": self.draw.lot,
            "features": values,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Decision":
        """Return what `to_json` wrote."""
        chances = {Action(name): chance for name, chance in values["chances"].items()}
        return cls(values["at"], Draw(Action(values["suggested"]), chances, values["lot"]))


@dataclass(frozen=True, slots=True)
class LearnedActions:
    """What was learned of actions.

    Parameters
    ----------
    policy
        Chooses.
    reads
        The features that it reads, each with what it is multiplied by.
    """

    policy: ActionPolicy
    reads: Mapping[str, float]

    def context(self, values: Features) -> dict[str, float]:
        """Return what the policy reads of a lead.

        Examples
        --------
        >>> learned = LearnedActions(ActionPolicy(0.02), {"profile:uf|mg": 0.5})
        >>> learned.context({"profile:uf|mg": 1.0, "profile:uf|sp": 1.0})
        {'profile:uf|mg': 0.5}
        """
        return {name: self.reads[name] * values[name] for name in values if name in self.reads}

    def chances(
        self, values: Features, allowed: Sequence[Action], suggested: Action
    ) -> dict[Action, float]:
        """Return the probability with which it would take each allowed action."""
        found = self.policy.probabilities(
            self.context(values), allowed, suggested, np.random.default_rng(SEED)
        )
        return {Action(action): chance for action, chance in found.items()}

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        models = {action: model.to_json() for action, model in self.policy.models.items()}
        return {"models": models, "reads": dict(self.reads)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any], floor: float) -> "LearnedActions":
        """Return what `to_json` wrote, with the floor that the team has chosen.

        Raises
        ------
        ValueError, KeyError, TypeError
            When it is nothing that `to_json` wrote.
        """
        models = {
            action: AdditiveModel.from_json(model) for action, model in values["models"].items()
        }
        return cls(ActionPolicy(floor, models), values["reads"])


def by_rules(allowed: Sequence[Action], suggested: Action, floor: float) -> dict[Action, float]:
    """Return the probability of each allowed action where the rules decide but for a floor.

    Examples
    --------
    >>> chances = by_rules([Action.NURTURE, Action.REPLY], Action.REPLY, 0.1)
    >>> {str(action): chance for action, chance in chances.items()}
    {'nurture': 0.1, 'reply': 0.9}
    """
    floor = min(floor, 1.0 / len(allowed))
    rest = 1.0 - floor * (len(allowed) - 1)
    return {action: rest if action is suggested else floor for action in allowed}


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """Draws actions.

    Parameters
    ----------
    floor
        The least probability of an allowed action.
    learned
        What was learned; None where there is nothing.
    decides
        Whether that chooses, and not the rules, where nothing else is said.
    """

    floor: float
    learned: LearnedActions | None = None
    decides: bool = True

    def decide(
        self,
        lead_id: object,
        values: Features,
        allowed: Sequence[Action],
        suggested: Action,
        now: float,
        arm: str | None = None,
    ) -> Decision:
        """Draw an action for a lead.

        Parameters
        ----------
        lead_id
            Whose.
        values
            What a model reads of it.
        allowed, suggested
            What may be recommended, and what the rules suggest.
        now
            In seconds since 1970.
        arm
            Who chooses for this lead, where an experiment says so.
        """
        decides = self.decides if arm is None else arm == BuiltInArm.LEARNED
        if self.learned is None or not decides:
            chances = by_rules(allowed, suggested, self.floor)
        else:
            chances = self.learned.chances(values, allowed, suggested)
        return Decision(now, Draw(suggested, chances, lot(f"{lead_id}:{now}")))
