"""How fast states are built from rows that were there before Galope.

Leads and events are inserted with no trigger to see them; then the stream is started for the first
time and reads every lead from its rows, scores it and writes it back, as it does after `--rebuild`.
The time runs from the stream's connecting to write to its last commit, by the server's clock. At
the end every event must be in the states exactly once.
"""

import argparse
import sys
from collections.abc import Sequence

from bench import report
from bench.report import Figures
from bench.testbed import testbed

EVENTS_PER_LEAD = 10
"""As many as in the backlog of `bench.throughput`."""


async def measure(options: argparse.Namespace) -> Figures:
    """Build the states and return `events_per_s`."""
    leads = options.leads or max(options.events // EVENTS_PER_LEAD, 1)
    with report.steps(3) as step:
        async with testbed(leads=leads, events=options.events) as bench:
            step(f"building {leads:,} states from {options.events:,} events")
            async with bench.stream() as stream:
                await bench.wait_until_idle(stream)
                seconds = await bench.seconds_streamed()
                peak = stream.peak_rss_mb()
            step("counting")
            await bench.ensure_counted(options.events)
            step("done")
    return {
        "events_per_s": options.events / seconds,
        "leads_per_s": leads / seconds,
        "peak_rss_mb": peak,
        "seconds": seconds,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.rebuild",
        __doc__,
        measure,
        "states rebuilt from {events:,} events",
        events=(500_000, "events in the rows"),
        leads=(
            None,
            f"leads they are dealt to (default: a lead for every {EVENTS_PER_LEAD} events)",
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
