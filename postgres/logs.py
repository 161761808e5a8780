"""Structured logs: JSON for machines, readable in a terminal. No personal data is ever logged."""

import logging
import sys
from typing import Literal

import structlog


def configure(form: Literal["auto", "json", "console"]) -> None:
    """Set up structlog to write to standard error.

    Parameters
    ----------
    form
        ``auto`` is console when a terminal reads, else json.
    """
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    last: list[structlog.types.Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if console
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
