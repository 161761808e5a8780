"""Passwords: made, hashed slowly so that a stolen hash is of little use, and compared."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from functools import cache

COST, BLOCK, PARALLEL = 2**15, 8, 3
"""What a hash takes: 32 MB for about 0.3 s. Kept with each hash, so that it can be raised."""

SALT_BYTES = 16


def made_up() -> str:
    """Return a password that nobody guesses: 16 characters, 96 bits."""
    return secrets.token_urlsafe(12)


def hashed(password: str) -> str:
    """Return what is stored of a password: how it was hashed, the salt, and the hash."""
    salt = secrets.token_bytes(SALT_BYTES)
    parts = (b64encode(part).decode() for part in (salt, _scrypt(password, salt, COST, BLOCK)))
    return "$".join(("scrypt", str(COST), str(BLOCK), str(PARALLEL), *parts))


def fits(password: str, stored: str) -> bool:
    """Tell whether a password is the one that was hashed.

    Examples
    --------
    >>> stored = hashed("correct horse")
    >>> fits("correct horse", stored), fits("Correct horse", stored)
    (True, False)
    """
    _, cost, block, parallel, salt, expected = stored.split("$")
    found = _scrypt(password, b64decode(salt), int(cost), int(block), int(parallel))
    return hmac.compare_digest(found, b64decode(expected))


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int = PARALLEL) -> bytes:
    size = 128 * cost * block
    return hashlib.scrypt(
        password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=2 * size, dklen=32
    )


@cache
def nobodys() -> str:
    """Return a hash to compare with where nobody has the e-mail, which then takes as long."""
    return hashed(made_up())
