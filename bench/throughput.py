"""How fast a backlog is drained.

The leads are known to the stream, which is then stopped; the events are inserted in one statement,
through the triggers; then the stream is started. The time runs from the stream's connecting to
write, just before its first batch, to its last commit, by the server's clock. The start of its
interpreter is left out. At the end every event must be in the states exactly once.
"""

import argparse
import sys
from collections.abc import Sequence

from bench import report
from bench.report import Figures
from bench.testbed import QUERIES, testbed


async def measure(options: argparse.Namespace) -> Figures:
    """Drain a backlog and return `events_per_s` and the consumer's `peak_rss_mb`."""
    with report.steps(5) as step:
        async with testbed(leads=options.leads, events=0) as bench:
            await bench.ask_heads(options.heads, action_floor=options.draw / 100)
            step(f"the stream reads {options.leads:,} leads")
            await bench.load_leads()
            step(f"inserting a backlog of {options.events:,} events")
            await bench.connection.execute(QUERIES["seed_events"], options.events, options.leads)
            step("draining it")
            async with bench.stream() as stream:
                await bench.wait_until_idle(stream)
                seconds = await bench.seconds_streamed()
                peak = stream.peak_rss_mb()
            step("counting")
            await bench.ensure_counted(options.events)
            await bench.ensure_scored(options.heads)
            step("done")
    return {"events_per_s": options.events / seconds, "peak_rss_mb": peak, "seconds": seconds}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.throughput",
        __doc__,
        measure,
        "a backlog of {events:,} events of {leads:,} leads",
        events=(200_000, "events in the backlog"),
        leads=(20_000, "leads they are dealt to"),
        heads=(1, "questions asked of each lead, the primary one included"),
        draw=(0, "percent of the chance of each other action; 0 where the rules alone decide"),
    )


if __name__ == "__main__":
    sys.exit(main())
