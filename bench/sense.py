"""Whether scores move the way a team believes: the score just after an event against just before.

Each event type happens to so many random histories, now, late or dated ahead, and each answer is
given or made better. What has a direction must never move a score the other way, and what the team
notes for itself must not move it at all; each time it does is a violation. The model is the one
trained on the demo's invented business, or on a recorded folder with ``--data``, and it is looked
at again after so many online steps, every contender of it, half of the steps taught the opposite of
what happened. Reasons: how many leads have the same first reason, and how often what is left over
makes more than five points. Price: how well newer leads are ranked by a model that keeps the
directions, and by one that is free of them.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from bench import report, worlds
from bench.report import Figures
from demo.population import World
from domain.directions import Direction
from domain.features import features
from domain.outcomes import SAMPLED_EVENTS
from domain.policy import OURS, Policy
from domain.reasons import OTHER
from domain.scorecard import Scorecard
from domain.scoring import score_lead
from domain.state import DAY, HOUR, LeadState, Profile
from offline.fit import fit_baseline
from offline.history import History, as_of, dataset
from offline.replay import Replay
from online_models.day_zero import day_zero
from online_models.learner import CONTENDERS, Learner
from online_models.model import LeadModel

SEED = 11

NOTES = ("crm_contact", "next_action_saved", "crm_manual_move:AQUECENDO")
"""What a team notes; it is in no recorded history of leads."""

MOST_EVENTS = 30
"""Events of a random history."""

HELD_OUT = 0.2
"""Share of the leads, the newest, that the price of directions is asked of."""

LITTLE = 1e-9
"""Points below which a move is the rounding of sums."""

NOTICED = 5
"""Points of what is left over that a person notices."""

Change = tuple[Direction, LeadState, LeadState]
"""What a state may do to the score by becoming another one."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is looked at.

    Parameters
    ----------
    policy
        The directions.
    histories
        Leads whose outcomes are known, in order of creation.
    model
        What was learned from them.
    """

    policy: Policy
    histories: Sequence[History]
    model: LeadModel


def demo(leads: int) -> Material:
    """Return the demo's business."""
    invented = worlds.leads_of(World(), SEED, leads)
    histories = [lead.history for lead in invented]
    return Material(OURS, histories, worlds.trained(invented))


def recorded(folder: Path, up: Sequence[str], down: Sequence[str]) -> Material:
    """Return what was recorded, with these event types declared."""
    directions = {**dict.fromkeys(up, "up"), **dict.fromkeys(down, "down")}
    policy = Policy(event_directions=directions)
    histories = list(Replay.read(folder).histories())
    now = histories[-1].created_at
    examples = dataset(as_of(histories, now), policy.directions, now)
    return Material(policy, histories, fit_baseline(examples, policy).model)


def random_state(
    material: Material, kinds: Sequence[str], rng: np.random.Generator, now: float
) -> LeadState:
    """Return any lead: someone's answers, and events of any kind at any time until now."""
    profile = material.histories[int(rng.integers(len(material.histories)))].profile
    age = float(rng.exponential(10 * DAY))
    state = LeadState(now - age, dict(profile))
    few = rng.choice(len(kinds), size=min(int(rng.integers(1, 9)), len(kinds)), replace=False)
    for _ in range(int(rng.integers(0, MOST_EVENTS))):
        state.fold(kinds[int(rng.choice(few))], now - float(rng.random() ** 3 * age))
    return state


def events(material: Material, histories: int) -> Iterator[Change]:
    """Yield random histories, each before and after one more event of each type."""
    rng = np.random.default_rng(SEED)
    now = material.histories[-1].created_at
    seen = {kind for history in material.histories for kind, _ in history.events}
    kinds = sorted({*seen, *material.policy.directions.events, *NOTES})
    for kind in kinds:
        direction = material.policy.directions.of_event(kind)
        if direction is Direction.FREE:
            continue
        for _ in range(histories):
            before = random_state(material, kinds, rng, now)
            after = deepcopy(before)
            late = float(rng.choice([0.0, -600.0, rng.random() * HOUR, rng.random() * 60 * DAY]))
            after.fold(kind, now - late)
            yield direction, before, after


def answers(material: Material, histories: int) -> Iterator[Change]:
    """Yield random histories, each before and after an answer is given or made better."""
    rng = np.random.default_rng(SEED)
    directions = material.policy.directions
    now = material.histories[-1].created_at
    kinds = sorted({kind for history in material.histories for kind, _ in history.events})
    better: list[tuple[Direction, str, float | str | None, float | str]] = [
        (direction, column, None, 1.0) for column, direction in directions.answers.items()
    ]
    for column, order in directions.orders.items():
        better.append((Direction.UP, column, None, order[0]))
        better += [(Direction.UP, column, worse, best) for worse, best in pairwise(order)]
    for direction, column, worse, best in better:
        for _ in range(histories):
            before = random_state(material, kinds, rng, now)
            after = deepcopy(before)
            _answer(before.profile, column, worse)
            _answer(after.profile, column, best)
            yield direction, before, after


def _answer(profile: Profile, column: str, answer: float | str | None) -> None:
    profile.pop(column, None)
    if answer is not None:
        profile[column] = answer


def violations(card: Scorecard, changes: Iterable[Change], now: float) -> tuple[int, int]:
    """Return how many changes moved a score the wrong way, and of how many.

    A card that a person moves is shown in its column's band: that is their word, not the model's,
    so of what has no direction only the model's own response is looked at.
    """
    wrong = total = 0
    for direction, before, after in changes:
        total += 1
        moved = _points(card, after, now) - _points(card, before, now)
        shown = score_lead(after, card, now).score - score_lead(before, card, now).score
        for up in (moved, 0.0 if direction is Direction.NONE else float(shown)):
            if (direction is not Direction.UP and up > LITTLE) or (
                direction is not Direction.DOWN and up < -LITTLE
            ):
                wrong += 1
                break
    return wrong, total


def _points(card: Scorecard, state: LeadState, now: float) -> float:
    return card.points(features(state, now, card.directions)).total


def learned(material: Material, steps: int) -> Learner:
    """Return what goes on from the model, so many leads later, every other one taught wrong."""
    learner = Learner(material.model)
    directions = material.policy.directions
    taught = 0
    while taught < steps:
        before = taught
        for history in material.histories:
            moments = [
                features(state, at, directions)
                for index, at, state in history.moments()
                if index in SAMPLED_EVENTS
            ]
            if not moments or history.outcome is None:
                continue
            converted = history.outcome.converted != bool(taught % 2)
            learner.learn(moments, converted)
            learner.judge(moments, [learner.predict(moment) for moment in moments], converted)
            taught += 1
            if taught == steps:
                return learner
        if taught == before:
            message = "No lead of known outcome did anything: there is nothing to learn from."
            raise report.BenchError(message)
    return learner


def reasons(material: Material, card: Scorecard) -> Figures:
    """Return how many leads share their first reason, and what is left over."""
    firsts: Counter[str] = Counter()
    others = []
    for history in material.histories:
        if not history.events:
            continue
        *_, (_, at, state) = history.moments()
        given = score_lead(state, card, at).reasons
        firsts[given[0].code] += 1
        others.append(sum(abs(reason.points) for reason in given if reason.code == OTHER))
    return {
        "first_reason_share": firsts.most_common(1)[0][1] / firsts.total(),
        "other_share": float(np.mean(np.array(others) > NOTICED)),
    }


def price(material: Material) -> Figures:
    """Return how well newer leads are ranked with the directions, and with none of them."""
    histories, policy = material.histories, material.policy
    cut = histories[int(len(histories) * (1.0 - HELD_OUT))].created_at
    newer = [lead for lead in histories if lead.created_at >= cut]
    directions = policy.directions
    free = replace(
        policy,
        event_directions=dict.fromkeys(directions.events, "free"),
        answer_directions=dict.fromkeys(directions.answers, "free"),
        answer_orders=dict.fromkeys(directions.orders, ()),
    )
    measured: Figures = {}
    for name, decided in (("directed", policy), ("free", free)):
        older = dataset(as_of(histories, cut), decided.directions, cut)
        card = fit_baseline(older, decided).model.scorecard(1)
        asked = dataset(newer, decided.directions)
        log_odds = [card.points(moment).log_odds for moment in asked["features"]]
        measured[f"auc_{name}"] = float(roc_auc_score(asked["converted"].to_list(), log_odds))
    return measured


async def measure(chosen: argparse.Namespace) -> Figures:
    """Measure all of it."""
    wanted = chosen.data, chosen.up, chosen.down
    material = recorded(*wanted) if chosen.data else demo(chosen.leads)
    now = material.histories[-1].created_at
    learner = learned(material, chosen.steps)
    cards = {
        "day_zero": day_zero(material.policy).scorecard(0),
        "trained": material.model.scorecard(1),
        **{f"online_{name}": learner.model(name).scorecard(1) for name in CONTENDERS},
    }
    measured: Figures = {"violations": 0}
    tried = {
        "events": list(events(material, chosen.histories)),
        "answers": list(answers(material, chosen.histories)),
    }
    for name, card in cards.items():
        for what, changes in tried.items():
            violated, total = violations(card, changes, now)
            measured[f"violations_{name}_{what}"] = violated
            measured[f"tried_{what}"] = total
            measured["violations"] += violated
    some = Material(material.policy, list(islice(material.histories, chosen.leads)), material.model)
    return measured | reasons(some, cards["trained"]) | price(material)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = report.parser(
        "bench.sense",
        __doc__,
        histories=(2_000, "random histories for each event type and each answer"),
        leads=(6_000, "leads of the demo's business that are learned from"),
        steps=(20_000, "leads that are learned from online"),
    )
    parser.add_argument("--data", type=Path, help="a recorded folder instead of the demo's leads")
    for direction in ("up", "down"):
        parser.add_argument(
            f"--{direction}",
            nargs="*",
            default=[],
            metavar="TYPE",
            help=f"with --data: event types of direction {direction}",
        )
    chosen = parser.parse_args(argv)
    return report.run(chosen, "sense", measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
