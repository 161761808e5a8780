"""Database addresses as people and providers write them, read into what asyncpg takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

NOT_OURS = frozenset(
    {
        "application_name",
        "channel_binding",
        "connection_limit",
        "fallback_application_name",
        "gssencmode",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "load_balance_hosts",
        "pool_timeout",
        "require_auth",
        "requiressl",
        "socket_timeout",
        "sslaccept",
        "sslcompression",
        "sslsni",
        "statement_cache_size",
        "tcp_user_timeout",
    }
)
"""Parameters of other clients (libpq, Prisma) that ask nothing of the server. asyncpg would send
them to Postgres as settings, which refuses what it does not know."""

TIMEOUT = 10.0
"""Seconds that connecting may take where the address does not say."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is, and how it is spoken to.

    Parameters
    ----------
    url
        What asyncpg is given.
    pooled
        Whether a transaction pooler is between (``pgbouncer=true``): no prepared statement is kept
        on the server's side, and no setting is made for a connection that others use.
    timeout
        Seconds that connecting may take (``connect_timeout``).
    settings
        Settings of the server that the address asks for (``schema`` and ``options``).
    """

    url: str
    pooled: bool = False
    timeout: float = TIMEOUT
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, url: str) -> "Address":
        """Read an address.

        Raises
        ------
        ValueError
            When it is none.

        Examples
        --------
        >>> Address.read("postgresql://db/crm?schema=sales&connect_timeout=3&sslmode=require")
        Address(url='postgresql://db/crm?sslmode=require', pooled=False, timeout=3.0, \
settings={'search_path': 'sales'})
        """
        parts = urlsplit(url)
        asked = dict(
            parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        )
        pooled = asked.pop("pgbouncer", "") == "true"
        timeout = float(asked.pop("connect_timeout", "") or 0) or TIMEOUT
        settings = {"options": asked.pop("options")} if "options" in asked else {}
        if schema := asked.pop("schema", ""):
            settings["search_path"] = schema
        kept = {name: value for name, value in asked.items() if name not in NOT_OURS}
        # SQLAlchemy names its driver in the scheme: postgresql+psycopg.
        scheme = parts.scheme.partition("+")[0]
        url = parts._replace(scheme=scheme, query=urlencode(kept)).geturl()
        return cls(url, pooled, timeout, settings)


def place(url: str) -> str:
    """Return a database address without its password, for people and logs.

    Examples
    --------
    >>> place("postgresql://ana:secret@db1:5433,db2/crm")
    'crm at db1:5433,db2'
    >>> place("postgresql:///crm?host=/run/postgresql")
    'crm at local socket'
    """
    parts = urlsplit(url)
    return f"{unquote(parts.path.lstrip('/')) or '(default)'} at {_hosts(parts) or 'local socket'}"


def _hosts(parts: SplitResult) -> str:
    """Return the hosts with their ports; there may be several, which `hostname` can't read."""
    return parts.netloc.rpartition("@")[2]
