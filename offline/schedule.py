"""Measuring every hour, training and valuing customers every week, for as long as it runs."""

import asyncio
import json
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from domain.policy import Policy
from offline import actions
from offline.measure import measure
from offline.value import fit_and_keep
from online_models.model import LeadModel
from postgres.checks import check
from postgres.connect import LOST, Connection, connect
from postgres.errors import GalopeError, TooLittleError
from postgres.model_registry import UnreadableModelError, load_learner
from postgres.policy import policy_now
from postgres.settings import Settings
from postgres.statements import QUERIES

log = structlog.get_logger()

LOOK_EVERY = 3600.0
"""Seconds between measurements, and looks whether it is time to train."""

DAY = 86_400.0


def back_up(model: LeadModel, head: str, version: int, folder: Path) -> Path:
    """Write what scores now to a file, which ``offline.models add`` reads, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"model-{head}-{version}-{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(model.to_json()), encoding="utf-8")
    return path


Train = Callable[[str | None], Awaitable[None]]
"""Trains a head by its name, None for the primary one; compares, and promotes what is better."""


async def _look(settings: Settings, every_days: float, reports: Path, train: Train) -> None:
    connection = await connect(settings.database_url, "galope schedule")
    due: dict[str | None, Path] = {}
    try:
        await check(connection)
        policy = await policy_now(connection, settings.installed)
        await measure(connection, policy.head, time.time())
        await _value_customers(connection, settings, every_days)
        await _learn_actions(connection, policy, every_days)
        for name in (None, *(head.name for head in policy.others)):
            asked = policy.asking(name)
            head = asked.head.name
            try:
                if await _is_due(connection, head, every_days):
                    version, learner = await load_learner(connection, asked)
                    model = learner.model(learner.champion)
                    due[name] = back_up(model, head, version, reports / "backup")
            except UnreadableModelError as error:
                log.warning("not trained; trying again in an hour", head=head, error=str(error))
    finally:
        await connection.close()
    for name, kept in due.items():
        log.info("training", head=name, backup=str(kept))
        try:
            await train(name)
        except GalopeError as error:
            log.warning("not trained; trying again in an hour", head=name, error=str(error))


async def _is_due(connection: Connection, head: str, every_days: float) -> bool:
    """Tell whether it is time to train a head, and people did not choose to do without."""
    newest = await connection.fetchval(QUERIES["last_trained"], head)
    if newest is not None and time.time() - newest < every_days * DAY:
        return False
    if await connection.fetchval(QUERIES["rules_were_chosen"], head):
        log.info("not training: people chose the rules; promote a model to go on", head=head)
        return False
    return True


async def _value_customers(connection: Connection, settings: Settings, every_days: float) -> None:
    """Fit what customers will buy, where there are enough of them and it is time to."""
    fitted = await connection.fetchrow(QUERIES["value_model"])
    if fitted and time.time() - fitted["at"] < every_days * DAY:
        return
    try:
        log.info(
            "customers valued",
            customers=await fit_and_keep(connection, settings, datetime.now(UTC)),
        )
    except TooLittleError as error:
        log.debug("customers not valued", why=str(error))


async def _learn_actions(connection: Connection, policy: Policy, every_days: float) -> None:
    """Learn from the actions that were drawn, where they are and it is time to."""
    known = await connection.fetchrow(QUERIES["action_report"])
    if not policy.action_floor or (known and time.time() - known["at"] < every_days * DAY):
        return
    try:
        report = await actions.fit_and_keep(connection, policy.head, policy.action_floor)
    except TooLittleError as error:
        log.debug("actions not learned", why=str(error))
    else:
        log.info("actions learned", draws=report["draws"], decides=report["decides"])


async def run(settings: Settings, every_days: float, reports: Path, train: Train) -> None:
    """Look at once and then every hour, until SIGTERM or SIGINT.

    Parameters
    ----------
    settings
        Where, and the question.
    every_days
        Days between trainings.
    reports
        Folder; backups go into ``backup`` there.
    train
        Trains one head.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    while not stopping.is_set():
        try:
            await _look(settings, every_days, reports, train)
        except (GalopeError, *LOST) as error:
            log.warning("not this time; trying again in an hour", error=str(error))
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await stopping.wait()
        except TimeoutError:
            continue
