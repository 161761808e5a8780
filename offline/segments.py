"""``python -m offline.segments``: the groups that leads and partners fall into, found and kept."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log1p
from typing import Any

from domain.catalogue import catalogue
from domain.directions import FREE
from domain.features import Features, features
from domain.grouping import Mark, lasting
from domain.partners.segments import segment_of
from domain.policy import Policy
from domain.state import DAY
from offline.duplicates import QUERIES
from offline.grouping import Found, find, matched
from offline.history import History
from offline.train import read_histories
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.errors import TooLittleError
from postgres.policy import policy_now
from postgres.settings import Settings

SEED = 7
"""Of the first centres and the resamples, so that the same data have the same groups."""

LEADS, PARTNERS = "leads", "partners"


@dataclass(frozen=True, slots=True)
class Member:
    """A lead or a partner that is to be grouped.

    Parameters
    ----------
    id
        Its row's.
    features
        What tells groups apart.
    asked, good
        How many answers there are of it, and how many of them are good: a lead has one once its
        outcome is known, and a partner one a verdict.
    """

    id: str
    features: Features
    asked: int
    good: int


def lead(history: History, policy: Policy) -> Member:
    """Return a lead as it is grouped."""
    state = history.state()
    known = history.outcome
    at = history.created_at if state.last is None else state.last
    read = lasting(features(state, at, policy.directions))
    return Member(
        history.lead_id, read, int(known is not None), int(bool(known and known.converted))
    )


def partner(row: Mapping[str, Any]) -> Member:
    """Return a partner as it is grouped."""
    read: Features = {
        f"profile:uf|{(row['uf'] or '').casefold()}": 1.0,
        f"profile:segmento_interesse|{segment_of(row['segmento']).casefold()}": 1.0,
        "profile:prioridade|number": row["prioridade"] or 0.0,
        "profile:cnaes_secundarios|number": log1p(row["activities"]),
        "profile:anos_de_atividade|number": log1p(max(row["age"] or 0.0, 0.0) / (365 * DAY)),
    }
    return Member(row["id"], read, row["given"], row["good"])


def told(found: Found, members: Sequence[Member], before: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return what is known of each group as JSON values.

    One that was there keeps its name, unless another one is named so by now.
    """
    names = {group["number"]: [Mark(*mark) for mark in group["marks"]] for group in before}
    named = list(found.marks)
    for place, number in enumerate(found.grouping.numbers):
        if number in names and names[number] not in named:
            named[place] = names[number]
    groups = []
    for number, marks in zip(found.grouping.numbers, named, strict=True):
        inside = [one for one, label in zip(members, found.labels, strict=True) if label == number]
        groups.append(
            {
                "number": number,
                "marks": marks,
                "size": len(inside),
                "asked": sum(one.asked for one in inside),
                "good": sum(one.good for one in inside),
            }
        )
    return groups


def renumbered(found: Found, before: Sequence[int | None], highest: int) -> Found:
    """Return groups with the numbers of the old ones that they are, and new numbers else."""
    same = matched(before, found.labels, found.grouping.numbers)
    numbers = {}
    for number in found.grouping.numbers:
        if number in same:
            numbers[number] = same[number]
        else:
            highest += 1
            numbers[number] = highest
    grouping = replace(found.grouping, numbers=list(numbers.values()))
    return replace(found, grouping=grouping, labels=[numbers[label] for label in found.labels])


async def regroup(
    connection: Connection, kind: str, members: Sequence[Member], policy: Policy
) -> Found:
    """Find groups, match them with those there were, and keep them with who is in each."""
    directions = policy.directions if kind == LEADS else FREE
    found = find([member.features for member in members], directions, SEED)
    known = await connection.fetchrow(QUERIES["groups_before"], kind)
    before: list[dict[str, Any]] = json.loads(known["groups"]) if known else []
    rows = await connection.fetch(QUERIES[f"groups_of_{kind}"])
    was = {row["id"]: row["number"] for row in rows}
    highest = known["highest"] if known else 0
    found = renumbered(found, [was.get(member.id) for member in members], highest)
    groups = told(found, members, before)
    async with connection.transaction():
        await connection.execute(
            QUERIES["keep_grouping"],
            kind,
            json.dumps(found.grouping.to_json()),
            json.dumps(groups),
            found.chosen,
        )
        ids = [member.id for member in members]
        await connection.execute(QUERIES[f"group_{kind}"], ids, found.labels)
    _say(kind, found, groups)
    return found


def _say(kind: str, found: Found, groups: Sequence[Mapping[str, Any]]) -> None:
    words = catalogue("en")
    print(f"{kind}: {len(groups)} groups, stability {found.chosen:.3f}")
    for group in groups:
        rate = f"{group['good'] / group['asked']:.1%}" if group["asked"] else "–"
        name = words.group([Mark(*mark) for mark in group["marks"]])
        print(f"  {group['number']:3} {group['size']:7,} {rate:>7}  {name}")


async def run() -> int:
    """Group the leads and partners of ``DATABASE_URL``; return how many kinds were grouped."""
    settings = Settings()
    connection = await connect(settings.database_url, "galope segments")
    grouped = 0
    try:
        await check(connection, as_stream=False)
        policy = await policy_now(connection, settings.installed)
        histories = await read_histories(connection, policy.head, time.time(), settings.personal)
        kinds = {LEADS: [lead(history, policy) for history in histories]}
        rows = await connection.fetch(QUERIES["partners_to_group"])
        kinds[PARTNERS] = [partner(row) for row in map(dict, rows)]
        for kind, members in kinds.items():
            try:
                await regroup(connection, kind, members, policy)
                grouped += 1
            except TooLittleError as error:
                print(f"{kind}: {error}")
    finally:
        await connection.close()
    return grouped


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline.segments",
        description="Find the groups that leads and partners fall into, name them, and keep who is"
        f" in which. Exits with {TooLittleError.exit_code} where there are too few of both.",
    )
    parser.parse_args(argv)
    return 0 if asyncio.run(run()) else TooLittleError.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
