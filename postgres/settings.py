"""What can be set, from the environment; docs/reference/settings.md lists it."""

from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.alerts.motives import THRESHOLDS
from domain.heads import CONVERTS, HORIZON_DAYS, LOSES
from domain.policy import Policy
from postgres.address import Address


class ClockKind(StrEnum):
    """Which time a lead is scored at."""

    WALL = "wall"
    EVENT = "event"


class Settings(BaseSettings):
    """Settings of the stream, each from ``GALOPE_`` and its name, and ``DATABASE_URL``."""

    model_config = SettingsConfigDict(env_prefix="GALOPE_", extra="ignore", frozen=True)

    database_url: str = Field(
        default="postgresql://localhost/galope",
        validation_alias="DATABASE_URL",
        description="Where leads and events are; add `pgbouncer=true` behind a transaction pooler.",
    )
    listen_url: str | None = Field(
        default=None,
        description="A direct address for LISTEN, where `DATABASE_URL` goes through a pooler;"
        " unset, `DATABASE_URL` itself.",
    )
    listen: bool = Field(
        default=True,
        description="Wake on NOTIFY; `false` only polls, for poolers that cannot LISTEN.",
    )
    poll_ms: PositiveInt = Field(
        default=25, description="Milliseconds between looks when no NOTIFY comes."
    )
    batch_events: PositiveInt = Field(
        default=100_000, description="Changes in one transaction at the most."
    )
    batch_leads: PositiveInt = Field(
        default=25_000, description="Leads in one transaction at the most; it bounds the memory."
    )
    cached_leads: PositiveInt = Field(
        default=30_000, description="Lead states kept in memory at the most."
    )
    clock: ClockKind = Field(
        default=ClockKind.WALL,
        description="`wall` scores a lead as of now; `event` as of its latest event, for replays.",
    )
    language: Literal["pt-BR", "es", "en"] = Field(
        default="pt-BR",
        description="Language of reasons, actions and reports: `pt-BR`, `es` or `en`.",
    )
    timezone: str = Field(
        default="America/Sao_Paulo", description="Time zone of next actions' dates and hours."
    )
    personal_columns: str = Field(
        default="",
        description="More columns of leads, by comma, of which only being filled in is kept.",
    )
    converts: str = Field(
        default=",".join(sorted(CONVERTS)),
        description="Event types, by comma, that say a lead qualified, unless the team decides; a"
        " move is `crm_manual_move:` and its stage, a column of leads `status:` and its value.",
    )
    loses: str = Field(
        default=",".join(sorted(LOSES)),
        description="Event types, by comma, that say it did not, unless the team decides.",
    )
    horizon_days: PositiveInt = Field(
        default=HORIZON_DAYS,
        description="Days after which silence says so too, unless the team decides; 7 for quick"
        " sales. Each has its own models.",
    )
    alerts: str = Field(
        default="",
        description="Motives, by comma, of which alerts are opened, unless the team decides:"
        " `waiting`, `jumped`, `leaving`, `slipping`, `due`, `capture`.",
    )
    segment_columns: str = Field(
        default="segmento_interesse,uf",
        description="Columns of leads, by comma, for whose answers training tells quality apart.",
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="`json` for machines, `console` for people, `auto` by whether a terminal"
        " reads.",
    )
    log_rotate_mb: PositiveFloat = Field(
        default=256, description="Size at which the consumed change log is emptied."
    )
    log_limit_mb: PositiveFloat = Field(
        default=1024,
        description="Size at which the change log of a stream that is away for ten minutes takes"
        " no more; then it reads every lead anew.",
    )
    probe_s: PositiveFloat = Field(
        default=5.0, description="Seconds between checks that the listener still hears."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            message = f"unknown time zone {name!r}: use a name such as America/Sao_Paulo"
            raise ValueError(message) from error
        return name

    @field_validator("alerts")
    @classmethod
    def _known_motives(cls, names: str) -> str:
        if unknown := _names(names) - THRESHOLDS.keys():
            message = f"no motive {min(unknown)!r}: use {', '.join(THRESHOLDS)}"
            raise ValueError(message)
        return names

    @property
    def direct_url(self) -> str:
        """Where LISTEN and locks go: past a pooler, where its address is given."""
        return self.listen_url or self.database_url

    @property
    def pooled(self) -> bool:
        """Whether there is no session that lasts: those of a transaction pooler are anybody's."""
        try:
            return Address.read(self.direct_url).pooled
        except ValueError:  # which connecting says
            return False

    @property
    def listens(self) -> bool:
        """Whether to wake on NOTIFY, and hold a lock for as long as a session lasts."""
        return self.listen and not self.pooled

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of next actions."""
        return ZoneInfo(self.timezone)

    @property
    def installed(self) -> Policy:
        """What the installer says of the funnel; see `policy_now`."""
        alerts = {motive: THRESHOLDS[motive] for motive in sorted(_names(self.alerts))}
        return Policy(_names(self.converts), _names(self.loses), self.horizon_days, alerts=alerts)

    @property
    def personal(self) -> frozenset[str]:
        """The additional personal columns by name."""
        return _names(self.personal_columns)

    @property
    def segments(self) -> tuple[str, ...]:
        """The columns for whose answers quality is told apart, by name.

        A personal one makes no groups: of it only being filled in is known.
        """
        return tuple(sorted(_names(self.segment_columns)))


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def refusal(error: ValidationError) -> str:
    """Say which settings can't be what they are, and why, a line each."""
    lines = []
    for problem in error.errors():
        name = "_".join(("galope", *map(str, problem["loc"]))).upper()
        lines.append(f"Setting {name} can't be {problem['input']!r}: {problem['msg']}.\n")
    return "".join(lines)
