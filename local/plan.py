"""What `make run` does, as data: the steps in order, the services, the tour."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.alerts.motives import THRESHOLDS
from local.supervisor import Service

if TYPE_CHECKING:
    from collections.abc import Mapping


API_PORT = os.environ.get("GALOPE_API_PORT", "8750")

ALERTS = {"GALOPE_ALERTS": os.environ.get("GALOPE_ALERTS", ",".join(THRESHOLDS))}
"""Every motive, where nobody says otherwise: who runs all of it here reads what it says."""


@dataclass(frozen=True, slots=True)
class Step:
    """A process run to its end before the services start.

    Attributes
    ----------
    title
        What it does, for the screen.
    args
        What follows the interpreter.
    remarks
        What to say of an exit code that is no failure.
    demo
        Whether it is part of the demo, which can be left out; the rest of it is when a remark is
        made of this.
    """

    title: str
    args: tuple[str, ...]
    remarks: Mapping[int, str] = field(default_factory=dict)
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that `make run` starts; the last service to start is the first to stop."""

    steps: tuple[Step, ...]
    services: tuple[Service, ...]
    tour: tuple[str, ...]


GALOPE = Plan(
    steps=(
        Step("Applying sql/", ("-m", "stream", "--install")),
        Step(
            "Seeding demo leads, if there are none",
            ("-m", "demo.seed", "--customers", "200", "--if-empty"),
            {3: "No demo is played among them."},
            demo=True,
        ),
        Step(
            "Training the baseline, if there is none",
            ("-m", "offline.train", "--if-missing"),
            {3: "Too little history to learn from: the day-zero rules score for now."},
        ),
        Step(
            "Valuing customers, if nobody did",
            ("-m", "offline.value", "--if-missing"),
            {3: "Too few have bought twice: nothing is foretold for now."},
        ),
    ),
    services=(
        Service(
            "stream",
            ("-m", "stream"),
            env=ALERTS,
            ready="SELECT FROM galope.cursor WHERE heartbeat_at >= $1",
        ),
        Service(
            "api",
            ("-m", "api"),
            env=ALERTS,
            ready="SELECT FROM pg_stat_activity"
            " WHERE application_name = 'galope api listener' AND backend_start >= $1",
            address=f"http://127.0.0.1:{API_PORT}/docs",
        ),
        Service(
            "ui",
            ("-m", "ui"),
            env={"GALOPE_API_URL": f"http://127.0.0.1:{API_PORT}"},
            address=f"http://127.0.0.1:{os.environ.get('GALOPE_UI_PORT', '8751')}",
        ),
        Service("schedule", ("-m", "offline.train", "--schedule")),
    ),
    tour=("-m", "demo.fire", "--tour"),
)
