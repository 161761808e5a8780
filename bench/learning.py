"""Whether learning helps, what it costs, and whether it survives being killed.

Drift: a business in which two strong effects are inverted half-way, with outcomes that come 500
outcomes late. So many outcomes after the turn the champion is compared with an oracle, which is
trained on nothing but the outcomes that came since. Turning: base rate and effects move at once,
and the champion is compared on every lead with a model that is fitted again every 1,000 leads on
the newest known ones, and with never switching. Stationary: the same business unturned; how well
calibrated the champion is, and how often it changes when chance alone decides (the contenders'
losses dealt to them at random). Cost: microseconds to learn from and judge by one example, a model,
against river's own learn_one in the same run. Kills: a stream that learns is killed with SIGKILL
time and again, and must end with the weights of one that was left alone.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from bench import plots, report, worlds
from bench.report import BenchError, Figures
from bench.testbed import QUERIES, Testbed, testbed
from demo.population import DAY, World
from offline.metrics import expected_calibration_error
from online_models.contest import FALSE_ALARM, Contest
from online_models.learner import CONTENDERS, STEADY, Learner
from online_models.model import LEARNING_RATE
from online_models.spline_features import SplineFeatures

TURNED = ("wants_horses", "quick_reply")
"""The two effects that are inverted: one may turn, the other may only fade under the directions."""

MORE = 1.2
"""Log-odds that every lead gains when the base rate moves too: three times the odds."""

REFIT_EVERY = 1_000
"""Leads after which the model that the champion is compared with is fitted again."""

REFIT_ON = 4_000
"""Newest known leads that it is fitted on."""

SEED = 5

LEADS = 400
"""Leads of the stream that is killed."""

SMALL_BATCH = {"GALOPE_BATCH_EVENTS": "20"}
"""So that there is always a batch under way to be killed in."""


def drift(chosen: argparse.Namespace) -> Figures:
    """Return how far the champion is from the oracle so many outcomes after the turn."""
    taught, outcomes = chosen.taught, chosen.outcomes
    count = 2 * (taught + 2 * outcomes) + chosen.test
    leads = worlds.leads_of(World().turned(*TURNED), SEED, count)
    turn = worlds.START + count * worlds.EVERY / 2
    first = next(i for i, lead in enumerate(leads) if lead.history.created_at >= turn)
    replay = worlds.Replay(Learner(worlds.trained(leads[:taught])))
    replay.run(leads[taught:first])
    before = replay.outcomes
    replay.run(leads[first : first + outcomes])
    newest = leads[-chosen.test :]
    oracle = worlds.trained(leads[first : first + outcomes])
    champion = worlds.auc(replay.learner.scorecard(0), newest)
    best = worlds.auc(oracle.scorecard(0), newest)
    frozen = worlds.auc(replay.learner.model("frozen").scorecard(0), newest)
    turned = [at - before for at, _ in replay.switches if at > before]
    if chosen.figures:
        replay.run(leads[first + outcomes : first + 2 * outcomes])
        plots.drift(replay, before, best, Path(chosen.figures))
    return {
        "drift_auc_champion": champion,
        "drift_auc_oracle": best,
        "drift_gap": best - champion,
        "drift_auc_frozen": frozen,
        "drift_switched_after": turned[-1] if turned else float("inf"),
    }


def turning(chosen: argparse.Namespace) -> Figures:
    """Return how the champion does in a world whose base rate and effects move, and what others do.

    All of them are asked about the same moments, those of every lead that came after the models
    were first trained: before the turn, right after it, and to the end.
    """
    taught = chosen.taught
    count = taught + chosen.leads
    turned = World().turned(*TURNED)
    later = turned.effects_at(1.0)
    world = replace(turned, later=replace(later, start=later.start + MORE))
    leads = worlds.leads_of(world, SEED, count)
    replay = worlds.Replay(Learner(worlds.trained(leads[:taught])))
    refitted: list[float] = []
    for start in range(taught, len(leads), REFIT_EVERY):
        known = leads[max(start - worlds.DELAY - REFIT_ON, 0) : max(start - worlds.DELAY, taught)]
        card = worlds.trained(known).scorecard(0)
        some = leads[start : start + REFIT_EVERY]
        refitted += [card.points(moment).propensity for lead in some for moment in lead.moments]
        replay.run(some)
    y = np.array([converted for _, converted in replay.shown])
    probabilities = {
        "champion": np.array([p for p, _ in replay.shown]),
        "never": np.array([p for p, _ in replay.frozen]),
        "refitted": np.array(refitted),
    }
    measured = {"turning_switches": float(len(replay.switches))}
    for name, p in probabilities.items():
        measured[f"turning_auc_{name}"] = float(roc_auc_score(y, p))
        measured[f"turning_ece_{name}"] = expected_calibration_error(y, p)
    return measured


def stationary(chosen: argparse.Namespace) -> Figures:
    """Return how calibrated the champion is, and how often chance makes another one."""
    taught = chosen.taught
    leads = worlds.leads_of(World(), SEED, taught + chosen.leads)
    replay = worlds.Replay(Learner(worlds.trained(leads[:taught])))
    replay.run(leads[taught:])
    if chosen.figures:
        plots.calibration(replay, Path(chosen.figures))
    contest = Contest.among(list(CONTENDERS))
    by_chance = sum(map(contest.judge, worlds.exchangeable(replay.losses, SEED)))
    return {
        "stationary_ece": replay.calibration_error(),
        "stationary_switches": len(replay.switches),
        "chance_switches": by_chance,
        "chance_switches_expected": FALSE_ALARM * replay.outcomes,
        **cost(replay.learner, leads[-chosen.test :]),
    }


def cost(learner: Learner, leads: Sequence[worlds.Lead]) -> Figures:
    """Return what an example costs a model, and what river's own step costs."""
    moments = [moment for lead in leads for moment in lead.moments]
    predictions = [learner.predict(moment) for moment in moments]
    began = time.perf_counter()
    for moment, prediction in zip(moments, predictions, strict=True):
        learner.learn([moment], True)
        learner.judge([moment], [prediction], True)
    each = (time.perf_counter() - began) / len(moments) / len(CONTENDERS)
    model = learner.model(STEADY).learning_at(LEARNING_RATE)
    splines = SplineFeatures(model.basis.knots)
    examples = [splines.transform_one(moment) for moment in moments]
    began = time.perf_counter()
    for steps in examples:
        model.learn_steps(steps, True, 1.0)
    floor = (time.perf_counter() - began) / len(moments)
    return {"learn_us": each * 1e6, "floor_us": floor * 1e6, "ratio_learn": each / floor}


async def learned_by(bench: Testbed, began: float, events: int, kills: int) -> Any:
    """Return what a stream has learned of the bench's funnel, killed so many times on the way."""
    await bench.connection.execute(QUERIES["learning_leads"], LEADS, began)
    await bench.load_leads()
    await bench.connection.execute(QUERIES["learning_events"], events, LEADS, began)
    learned = 0
    for _ in range(kills):
        async with bench.stream(**SMALL_BATCH) as stream:
            while (now := await bench.connection.fetchval(QUERIES["learned"])) <= learned:
                stream.ensure_alive()
                if await bench.ask("stream_is_idle"):
                    message = "All was learned before the last kill: ask for more --events."
                    raise BenchError(message)
            stream.process.kill()
            await stream.process.wait()
        learned = now
    async with bench.stream() as stream:
        await bench.wait_until_idle(stream)
    return json.loads(await bench.connection.fetchval(QUERIES["learner_state"]))


async def measure(chosen: argparse.Namespace) -> Figures:
    """Measure all of it."""
    measured = drift(chosen) | turning(chosen) | stationary(chosen)
    began = time.time() - DAY
    states = []
    with report.steps(2) as step:
        for kills in (0, chosen.kills):
            step(f"a stream that is killed {kills} times")
            async with testbed(leads=0, events=0) as bench:
                states.append(await learned_by(bench, began, chosen.events, kills))
    if states[0] != states[1]:
        message = "The stream that was killed learned something else: please report this."
        raise BenchError(message)
    return measured | {"kills_survived": chosen.kills, "learned": states[0]["learned"]}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = report.parser(
        "bench.learning",
        __doc__,
        taught=(4_000, "leads that the baseline is trained on"),
        test=(4_000, "leads, the newest, that models are compared on after the turn"),
        outcomes=(3_000, "outcomes after the turn"),
        leads=(16_000, "leads of the unturned business"),
        events=(20_000, "events that the killed stream takes in"),
        kills=(50, "times it is killed"),
    )
    parser.add_argument("--figures", metavar="DIR", help="also draw what was measured, as PNG")
    chosen = parser.parse_args(argv)
    return report.run(chosen, "learning", measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
