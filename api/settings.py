"""What can be set for the API, from the environment; docs/reference/settings.md lists it."""

from ipaddress import ip_address

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr

import postgres.settings


class Settings(postgres.settings.Settings):
    """The stream's settings, which the API shares, and its own."""

    api_host: str = Field(
        default="127.0.0.1",
        description="Address to serve on; any but a loopback one needs an API key to start.",
    )
    api_port: NonNegativeInt = Field(
        default=8750, le=65535, description="Port to serve on; 0 takes a free one."
    )
    api_connections: PositiveInt = Field(
        default=8, description="Connections to Postgres at the most."
    )
    api_patience_s: PositiveFloat = Field(
        default=10.0, description="Seconds a request waits for Postgres before it answers 503."
    )
    api_body_kb: PositiveInt = Field(
        default=1024, description="Size of a request's body at the most, in kB."
    )
    api_import_kb: PositiveInt = Field(
        default=8192, description="The same for a file of leads, which base64 makes a third larger."
    )
    api_ingest_rate: PositiveInt = Field(
        default=5000, description="Requests a second with leads or events from one key or address."
    )
    api_origins: str = Field(
        default="",
        description="Web origins that may call the API from a browser, by comma (CORS).",
    )
    webhook_private: bool = Field(
        default=False,
        description="Allows webhooks to private addresses, and without TLS.",
    )
    hook_meta_secret: SecretStr | None = Field(
        default=None,
        description="App secret that Meta signs lead ads with; unset, `/hooks/meta` takes none.",
    )
    hook_google_secret: SecretStr | None = Field(
        default=None, description="Key of Google's lead forms; unset, `/hooks/google` takes none."
    )
    hook_rdstation_secret: SecretStr | None = Field(
        default=None,
        description="Secret in the address of RD Station's webhook; unset, `/hooks/rdstation`"
        " takes none.",
    )
    hook_hubspot_secret: SecretStr | None = Field(
        default=None,
        description="API key of HubSpot's workflow webhook; unset, `/hooks/hubspot` takes none.",
    )
    llm_url: str | None = Field(
        default=None,
        description="Base address of an OpenAI-compatible API, up to `/v1`, whose model words why"
        " to act on an alert and what to say; unset, templates do. Nothing personal is sent.",
    )
    llm_model: str = Field(default="gpt-4o-mini", description="The model that is asked there.")
    llm_key: SecretStr | None = Field(default=None, description="The key that it asks for.")
    llm_timeout_s: PositiveFloat = Field(
        default=10.0, description="Seconds after which the template stands."
    )
    demo: bool = Field(
        default=False,
        description="Allows what empties tables, and asks nobody on this machine for a key.",
    )
    keep_history_days: NonNegativeInt = Field(
        default=0, description="Days the score history is kept; 0 keeps it."
    )
    keep_audit_days: NonNegativeInt = Field(
        default=0, description="Days the audit log is kept; 0 keeps it."
    )
    keep_predictions_days: NonNegativeInt = Field(
        default=0,
        description="Days after it came that a lead's predictions are kept once its outcome is"
        " judged, and the measures of models too; 0 keeps them.",
    )
    keep_leads_days: NonNegativeInt = Field(
        default=0, description="Days after its last event that a lead is erased; 0 keeps it."
    )

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches the API."""
        try:
            return ip_address(self.api_host).is_loopback
        except ValueError:
            return self.api_host == "localhost"

    @property
    def origins(self) -> frozenset[str]:
        """The allowed web origins."""
        return frozenset(filter(None, map(str.strip, self.api_origins.split(","))))
