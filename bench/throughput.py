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
from bench.rig import QUERIES, rig


async def measure(chosen: argparse.Namespace) -> Figures:
    """Drain a backlog and return `events_per_s` and the consumer's `peak_rss_mb`."""
    with report.steps(5) as step:
        async with rig(leads=chosen.leads, events=0) as bench:
            step(f"the stream gets to know {chosen.leads:,} leads")
            await bench.know_leads()
            step(f"inserting a backlog of {chosen.events:,} events")
            await bench.connection.execute(QUERIES["seed_events"], chosen.events, chosen.leads)
            step("draining it")
            async with bench.stream() as stream:
                await bench.settled(stream)
                seconds = await bench.seconds_streamed()
                peak = stream.peak_rss_mb()
            step("counting")
            await bench.ensure_counted(chosen.events)
            step("done")
    return {"events_per_s": chosen.events / seconds, "peak_rss_mb": peak, "seconds": seconds}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    chosen = report.parser(
        "bench.throughput",
        __doc__,
        events=(200_000, "events in the backlog"),
        leads=(20_000, "leads they are dealt to"),
    ).parse_args(argv)
    title = f"a backlog of {chosen.events:,} events of {chosen.leads:,} leads"
    return report.run(chosen, title, measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
