"""How well groups of leads are found again in resampled data, and whether their names differ.

On the demo's invented business, and on each recorded history that is given: a folder with leads,
events and outcomes. The figure is the mean adjusted Rand index, over resamples of the leads, of
the groups found in a resample and those found in all: 1 is the same groups, 0 is chance.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import report, worlds
from bench.report import Figures
from demo.population import World
from domain.catalogue import LANGUAGES, catalogue
from domain.policy import OURS
from offline.grouping import RESAMPLES, find
from offline.history import History
from offline.replay import Replay
from offline.segments import SEED, lead

DEMO_SEED = 5


def stability(name: str, histories: Sequence[History]) -> Figures:
    """Return how stable the groups of some leads are, under names of their own."""
    began = time.perf_counter()
    members = [lead(history, OURS) for history in histories]
    found = find([member.features for member in members], OURS.directions, SEED)
    names = {language: {catalogue(language).group(marks) for marks in found.marks}
             for language in LANGUAGES}  # fmt: skip
    unique = all(len(some) == len(found.marks) for some in names.values())
    return {
        f"{name}_leads": len(members),
        f"{name}_groups": len(found.marks),
        f"{name}_adjusted_rand": found.chosen,
        f"{name}_names_unique": float(unique),
        f"{name}_seconds": time.perf_counter() - began,
    }


async def measure(chosen: argparse.Namespace) -> Figures:
    """Find groups, and find them again."""
    lives = worlds.leads_of(World(), DEMO_SEED, chosen.leads)
    figures = stability("demo", [life.history for life in lives])
    for folder in chosen.folders:
        figures |= stability(folder.name, list(Replay.read(folder).histories()))
    return figures


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = report.parser(
        "bench.segments", __doc__, leads=(4_000, "leads of the invented business")
    )
    parser.add_argument("folders", type=Path, nargs="*", help="recorded histories")
    chosen = parser.parse_args(argv)
    return report.run(chosen, f"segments, {RESAMPLES} resamples", measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
