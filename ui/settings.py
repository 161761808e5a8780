"""What can be set for the admin, from the environment; docs/reference/settings.md lists it."""

from functools import cache
from typing import Literal

from pydantic import Field, PositiveFloat
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of the admin, each from ``GALOPE_`` and its name."""

    model_config = SettingsConfigDict(env_prefix="GALOPE_", extra="ignore", frozen=True)

    api_url: str = Field(default="http://127.0.0.1:8750", description="Where the API answers.")
    api_key: str | None = Field(
        default=None, description="The admin's API key; none where the API asks for none."
    )
    ui_host: str = Field(default="127.0.0.1", description="Address the admin is served on.")
    ui_port: int = Field(default=8751, ge=1, le=65535, description="Port the admin is served on.")
    ui_refresh_s: PositiveFloat = Field(
        default=0.7, description="Seconds between looks of an open board for what moved."
    )
    language: Literal["pt-BR", "es", "en"] = Field(
        default="pt-BR", description="Language the admin opens in."
    )


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
