"""How well duplicates are found in a table whose true pairs are known, and how fast.

The folder has ``records.csv.gz``: a row a record, with the columns ``True Id`` (the same for the
same place), ``Site name``, ``Address``, ``Zip`` and ``Phone``. Nothing of how records are compared
was fitted to it. The figures of two halves, parted by ``True Id``, say how much they vary.
"""

import argparse
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import pandas as pd

from bench import report
from bench.report import BenchError, Figures
from offline.likeness import Identity, duplicates

COLUMNS = ["True Id", "Site name", "Address", "Zip", "Phone"]

LOCAL = 7
"""Digits of a telephone without its area's, which most records leave out."""


async def measure(options: argparse.Namespace) -> Figures:
    """Find the pairs, and compare them with the true ones."""
    file = options.folder / "records.csv.gz"
    try:
        table = pd.read_csv(file, usecols=COLUMNS, dtype=str).fillna("")
    except (OSError, ValueError) as error:
        message = f"{file} can't be read: {error}"
        raise BenchError(message) from error
    records = [_identity(place, row) for place, row in enumerate(table[COLUMNS].itertuples())]
    began = time.perf_counter()
    found = duplicates(records)
    took = time.perf_counter() - began
    true = table["True Id"].tolist()
    pairs = [(int(one.first), int(one.second)) for one in found]
    half = [crc32(cluster.encode()) % 2 for cluster in true]
    figures: Figures = {"records": len(records), "pairs_found": len(pairs), "seconds": took}
    for name, places in (
        ("", range(len(true))),
        ("half_1_", [place for place in range(len(true)) if half[place] == 0]),
        ("half_2_", [place for place in range(len(true)) if half[place] == 1]),
    ):
        among = set(places)
        kept = [pair for pair in pairs if among.issuperset(pair)]
        right = sum(true[first] == true[second] for first, second in kept)
        sizes = pd.Series([true[place] for place in places]).value_counts()
        there = int((sizes * (sizes - 1) // 2).sum())
        precision, recall = right / max(len(kept), 1), right / max(there, 1)
        figures |= {
            f"{name}precision": precision,
            f"{name}recall": recall,
            f"{name}f1": 2 * precision * recall / max(precision + recall, 1e-9),
        }
    return figures


def _identity(place: int, row: tuple[str, ...]) -> Identity:
    _, _, name, address, postal, phone = row
    digits = re.sub(r"\D", "", phone)[-LOCAL:]
    return Identity(str(place), name, address, postal[:5], frozenset({digits} if digits else ()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = report.parser("bench.duplicates", __doc__)
    parser.add_argument("folder", type=Path, help="has records.csv.gz")
    chosen = parser.parse_args(argv)
    return report.run(chosen, "duplicates", measure(chosen))


if __name__ == "__main__":
    sys.exit(main())
