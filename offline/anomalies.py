"""``python -m offline.anomalies``: look for what is odd of leads and partners, and keep it.

What is kept has ids, codes and numbers. What somebody has settled stays settled.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.anomalies import Anomaly, Facts, contradictions, odd_activity
from domain.directions import Directions
from domain.features import features
from domain.grouping import lasting
from offline.duplicates import QUERIES, identities
from offline.history import History
from offline.likeness import Duplicate, duplicates
from offline.train import read_histories
from offline.unusual import unusual
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.policy import policy_now
from postgres.settings import Settings

SEED = 7
"""Of the forest, so that the same leads are found unusual the next time."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found odd of a lead or a partner.

    Parameters
    ----------
    code
        What.
    lead_id, partner_id
        Of whom; one of them.
    facts
        What says so, as JSON values.
    other_id
        Who it is about beside the first.
    """

    code: Anomaly
    facts: Facts
    lead_id: str | None = None
    partner_id: str | None = None
    other_id: str | None = None


def out_of_pattern(
    histories: Sequence[History], directions: Directions, now: float
) -> Iterator[Found]:
    """Yield the leads out of pattern; only those with events have one.

    By what time alone does not change: a lead that has just come is unlike all others only today.
    """
    leads = [history for history in histories if history.events]
    read = [lasting(features(lead.state(), now, directions)) for lead in leads]
    for one in unusual(read, SEED):
        yield Found(Anomaly.UNUSUAL, {"parts": one.parts}, lead_id=leads[one.place].lead_id)


def same(pairs: Iterable[Duplicate], code: Anomaly) -> Iterator[Found]:
    """Yield pairs that are likely one, under whichever came first."""
    for pair in pairs:
        facts = {"alike": pair.alike, "likeness": round(pair.likeness, 2)}
        if code is Anomaly.SAME_LEAD:
            yield Found(code, facts, lead_id=pair.first, other_id=pair.second)
        else:
            yield Found(code, facts, partner_id=pair.first, other_id=pair.second)


async def _contradicting(connection: Connection, now: float) -> list[Found]:
    """Return leads and partners whose answers contradict each other."""
    at = datetime.fromtimestamp(now, UTC)
    found = [
        Found(code, facts, lead_id=str(row["id"]))
        for row in await connection.fetch(QUERIES["leads_as_written"], at)
        for code, facts in contradictions(dict(row))
    ]
    for row in await connection.fetch(QUERIES["partners_as_written"]):
        codes = [row["cnae_principal"], *(row["cnaes_secundarios"] or ())]
        if (facts := odd_activity(row["segmento"], codes)) is not None:
            found.append(Found(Anomaly.ODD_ACTIVITY, facts, partner_id=str(row["id"])))
    return found


async def search(connection: Connection, settings: Settings) -> list[Found]:
    """Return all that is odd in a database, settled or not."""
    now = time.time()
    policy = await policy_now(connection, settings.installed)
    histories = await read_histories(connection, policy.head, now, settings.personal)
    found = list(out_of_pattern(histories, policy.directions, now))
    for of, code in (("leads", Anomaly.SAME_LEAD), ("partners", Anomaly.SAME_PARTNER)):
        found += same(duplicates(await identities(connection, of)), code)
    found += await _contradicting(connection, now)
    found += [
        Found(Anomaly.MACHINE, {"count": row["left_out"]}, lead_id=str(row["lead_id"]))
        for row in await connection.fetch(QUERIES["machines"])
    ]
    return found


async def keep(connection: Connection, found: Sequence[Found]) -> None:
    """Keep what was found, and drop what is open and was not found again."""
    await connection.execute(
        QUERIES["keep_findings"],
        [one.code for one in found],
        [one.lead_id for one in found],
        [one.partner_id for one in found],
        [one.other_id for one in found],
        [json.dumps(one.facts) for one in found],
    )


async def run() -> Counter[str]:
    """Search the database of ``DATABASE_URL``; return how much was found, by kind."""
    settings = Settings()
    connection = await connect(settings.database_url, "galope anomalies")
    try:
        await check(connection, as_stream=False)
        found = await search(connection, settings)
        await keep(connection, found)
    finally:
        await connection.close()
    return Counter(str(one.code) for one in found)


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline.anomalies",
        description="Look for leads out of pattern, duplicates, contradictions and machines, and"
        " keep what is found for people to settle. The team's tables are only read.",
    )
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    chosen = parser.parse_args(argv)
    counts = asyncio.run(run())
    if chosen.json:
        print(json.dumps(counts))
    else:
        for code, count in counts.most_common():
            print(f"{code:24} {count:6,}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
