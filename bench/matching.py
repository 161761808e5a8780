"""How long it takes to find the partners that suit a lead, among very many.

Invented partners are indexed and asked for leads of all segments and states, one after another, in
this process. The floor, measured in the same run, is the least any ranking of them all can do: one
pass over as many numbers, and the largest of them. The answers are compared with the definition of
a match, partner by partner: a wrong answer is not fast.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from uuid import UUID

import numpy as np

from bench import report
from bench.report import BenchError, Figures
from domain.partners.matching import DAY_ZERO, Partner, Wanted, features, match, ranked
from domain.partners.places import UFS
from domain.partners.segments import ACTIVITIES, SEGMENTS
from online_models.partners.index import PartnerIndex

LIMIT = 50
"""Partners asked for: as many as the API gives at the most."""

CITIES = 5570
"""Municipalities in Brazil."""

NAMES = ("Haras", "Fazenda", "Rancho", "Selaria", "Clínica", "Leilões", "Agropecuária", "Estância")
PLACES = ("Bela Vista", "Santa Fé", "do Vale", "Três Rios", "Aurora", "Boa Esperança", "da Serra")
NOTES = "procura cavalo manso para a filha, gostou da Estância Aurora, quer visitar no sábado"

COMPARED = 3
"""Leads whose answers are compared with the definition: it takes seconds each."""


def partner(number: int, lots: np.random.Generator) -> Partner:
    """Return an invented partner."""
    codes = list(ACTIVITIES)
    drawn = lots.integers(0, 2**31, 12).tolist()
    city = drawn[0] % CITIES
    row = {
        "id": UUID(bytes=lots.bytes(16)),
        "razao_social": f"{NAMES[drawn[1] % len(NAMES)]} {PLACES[drawn[2] % len(PLACES)]} LTDA",
        "nome_fantasia": f"{NAMES[drawn[3] % len(NAMES)]} {number}",
        "uf": UFS[city % len(UFS)],
        "municipio_nome": f"Cidade {city}",
        "cnae_principal": codes[drawn[4] % len(codes)],
        "cnaes_secundarios": [codes[draw % len(codes)] for draw in drawn[5 : 5 + drawn[9] % 4]],
        "segmento": list(SEGMENTS)[drawn[10] % len(SEGMENTS)],
        "prioridade": 1 + drawn[11] % 3,
        "endereco": {"lat": -5.0 - drawn[6] % 25, "lon": -40.0 - drawn[7] % 20},
    }
    return Partner.of(row)


def lead(number: int) -> Wanted:
    """Return an invented lead, of another segment and city than the one before."""
    city = number * 977 % CITIES
    row = {
        "segmento_interesse": list(SEGMENTS)[number % len(SEGMENTS)],
        "uf": UFS[city % len(UFS)],
        "cidade": f"Cidade {city}",
    }
    return Wanted.of(row, NOTES)


def timed(action: Callable[[int], object], times: int) -> np.ndarray:
    """Return how long each of so many calls took, in milliseconds."""
    took = np.empty(times)
    for number in range(times):
        began = time.perf_counter()
        action(number)
        took[number] = 1000 * (time.perf_counter() - began)
    return took


def ensure_right(index: PartnerIndex, partners: Sequence[Partner], number: int) -> None:
    """Raise `BenchError` unless the index answers for a lead as matches are defined."""
    wanted = lead(number)
    matches = {
        candidate.partner_id: candidate for candidate in index.top(wanted, DAY_ZERO, len(partners))
    }
    best = ranked(
        match(
            candidate.partner_id,
            features(
                wanted,
                candidate,
                matches[candidate.partner_id].likeness,
                matches[candidate.partner_id].km,
            ),
        )
        for candidate in partners
    )[:LIMIT]
    answered = [candidate.partner_id for candidate in index.top(wanted, DAY_ZERO, LIMIT)]
    if answered != [candidate.partner_id for candidate in best]:
        message = f"The index answers lead {number} otherwise than defined: please report this."
        raise BenchError(message)


async def measure(options: argparse.Namespace) -> Figures:
    """Index the partners, ask, and return `p50_ms` and `p95_ms` beside the floor's."""
    lots = np.random.default_rng(7)
    with report.steps(4) as step:
        step(f"inventing {options.partners:,} partners")
        everyone = sorted(
            (partner(number, lots) for number in range(options.partners)),
            key=lambda candidate: candidate.partner_id,
        )
        by_block = groupby(everyone, lambda candidate: candidate.partner_id.bytes[0])
        blocks = {block: list(some) for block, some in by_block}
        step("indexing")
        index = PartnerIndex()
        built_ms = timed(lambda _: index.update(blocks), 1)[0]
        some = next(iter(blocks))
        changed_ms = timed(lambda _: index.update({some: blocks[some]}), 5)
        step(f"asking {options.queries:,} times")
        numbers = lots.random(len(index))
        floor = timed(lambda _: np.partition(numbers * 2.0, len(numbers) - 1), options.queries)
        asked = timed(lambda number: index.top(lead(number), DAY_ZERO, LIMIT), options.queries)
        step("comparing")
        for number in range(COMPARED):
            ensure_right(index, everyone, number)
            await asyncio.sleep(0)
    p50, p95 = np.percentile(asked, (50, 95))
    floor_p50, floor_p95 = np.percentile(floor, (50, 95))
    return {
        "p50_ms": float(p50),
        "p95_ms": float(p95),
        "worst_ms": float(asked.max()),
        "floor_p50_ms": float(floor_p50),
        "floor_p95_ms": float(floor_p95),
        "ratio_p50": float(p50 / floor_p50),
        "index_s": built_ms / 1000,
        "change_ms": float(np.median(changed_ms)),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    return report.main(
        argv,
        "bench.matching",
        __doc__,
        measure,
        "partners found among {partners:,}",
        partners=(100_000, "partners to find them among"),
        queries=(500, "leads to find them for"),
    )


if __name__ == "__main__":
    sys.exit(main())
