"""``python -m offline.value``: fit what customers will buy, from all that they bought."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypedDict

import numpy as np
from rich.console import Console
from scipy.optimize import minimize

from online_models.customer_value import (
    Array,
    Bought,
    ValueModel,
    amounts,
    rate_likelihood,
)
from postgres.checks import check
from postgres.command import command
from postgres.connect import Connection, connect
from postgres.errors import TooLittleError
from postgres.settings import Settings
from postgres.statements import QUERIES

MIN_CUSTOMERS = 50
"""Customers with a second order that it takes."""

HELD_OUT_DAYS = 90
"""Newest days that are foretold from what was before, to say how well that went."""

MOST = 100_000
"""Customers that are learned from, spread evenly over more."""

START = np.log([0.5, 60.0, 1.0, 2.0])
SHAPE, RATE = (-4.0, 4.0), (-7.0, 14.0)
"""Bounds of the parameters' logarithms: where customers are all alike shapes would have no end, and
the closed form of what is expected loses its digits."""

console = Console()


class HeldOut(TypedDict):
    """What was foretold of the newest days, and what came, over all customers."""

    days: int
    customers: int
    orders_expected: float
    orders: float
    value_expected: float
    value: float


def fit(bought: Bought, variance: Array) -> ValueModel:
    """Return the model under which when customers bought is likeliest, and for how much by moments.

    Parameters
    ----------
    bought
        All customers.
    variance
        Of the money of each one's orders.

    Raises
    ------
    TooLittleError
        When fewer than `MIN_CUSTOMERS` have bought twice.
    """
    twice = int((bought.orders > 1.0).sum())
    if twice < MIN_CUSTOMERS:
        message = f"{twice} customers have bought twice, where it takes {MIN_CUSTOMERS}."
        raise TooLittleError(message)
    some = Bought(*(values[:: -(-len(values) // MOST)] for values in bought))
    found = minimize(
        lambda parameters: -rate_likelihood(parameters, some),
        START,
        method="L-BFGS-B",
        bounds=[SHAPE, RATE, SHAPE, SHAPE],
    )
    buys, days, leaves, stays = np.exp(found.x).tolist()
    return ValueModel(buys, days, leaves, stays, *amounts(bought, variance))


class Known(NamedTuple):
    """What was bought before a moment, and what came after it, an element a customer."""

    bought: Bought
    variance: Array
    orders: Array
    value: Array


async def _orders(
    connection: Connection, settings: Settings, at: datetime, until: datetime
) -> Known:
    rows = await connection.fetch(QUERIES["orders_before"], settings.timezone, at, until)
    table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 7)
    return Known(Bought(*table.T[:4]), *table.T[4:])


async def fit_and_keep(connection: Connection, settings: Settings, now: datetime) -> int:
    """Fit a model and keep it, with how one of three months ago fared; return of how many.

    Raises
    ------
    TooLittleError
        When there is too little to learn from.
    """
    bought, variance, *_ = await _orders(connection, settings, now, now)
    model = fit(bought, variance)
    held_out = await _held_out(connection, settings, now)
    await connection.execute(
        QUERIES["keep_value_model"],
        json.dumps(model.to_json()),
        len(bought.orders),
        json.dumps(held_out) if held_out else None,
    )
    return len(bought.orders)


async def _held_out(connection: Connection, settings: Settings, now: datetime) -> HeldOut | None:
    before = now - timedelta(days=HELD_OUT_DAYS)
    bought, variance, orders, value = await _orders(connection, settings, before, now)
    try:
        model = fit(bought, variance)
    except TooLittleError:
        return None
    expected = model.expected(bought, HELD_OUT_DAYS)
    return {
        "days": HELD_OUT_DAYS,
        "customers": len(orders),
        "orders_expected": float(expected.sum()),
        "orders": float(orders.sum()),
        "value_expected": float((expected * model.mean_order(bought)).sum()),
        "value": float(value.sum()),
    }


async def run(*, if_missing: bool) -> str:
    """Fit the customers of the database in ``DATABASE_URL``; return what was done."""
    settings = Settings()
    connection = await connect(settings.database_url, "galope value")
    try:
        await check(connection, as_stream=False)
        if if_missing and await connection.fetchrow(QUERIES["value_model"]):
            return "What customers will buy is fitted already."
        count = await fit_and_keep(connection, settings, datetime.now(UTC))
    finally:
        await connection.close()
    return f"Fitted what customers will buy, from {count:,} of them."


@command
def main(argv: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m offline.value",
        description="Fit what customers will buy: how often, and for how much.",
        epilog=f"Exit code {TooLittleError.exit_code}: fewer than {MIN_CUSTOMERS} have bought"
        " twice.",
    )
    parser.add_argument("--if-missing", action="store_true", help="do nothing if it is fitted")
    chosen = parser.parse_args(argv)
    console.print(asyncio.run(run(if_missing=chosen.if_missing)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
