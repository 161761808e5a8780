"""Ids of what is sent under an ``Idempotency-Key``."""

from uuid import UUID, uuid5

from api.access import Actor

SENT_ONCE = UUID("9f0a3c1e-2f6b-4a57-8a3e-6d2f0b7c5e10")
"""Namespace of the ids that come from an ``Idempotency-Key``."""


def idempotent_id(actor: Actor, key: str | None, *parts: object) -> UUID | None:
    """Return the id of what is sent under an idempotency key, or None without one.

    The same caller's same key always names the same row, so no table of keys is needed.
    """
    return uuid5(SENT_ONCE, "/".join(map(str, (actor.name, *parts, key)))) if key else None
