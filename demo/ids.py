"""How the demo knows its own rows: by their ids."""

from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

from postgres.statements import read

QUERIES = read(Path(__file__).with_name("queries.sql"))
"""The demo's statements by name."""

PREFIX = bytes.fromhex("9a10be00")
"""First bytes of every demo id. A random id begins so once in four thousand million."""

ID_RANGE = (UUID(bytes=PREFIX + bytes(12)), UUID(bytes=PREFIX + b"\xff" * 12))
"""The first and the last demo id."""


def demo_id(*key: object) -> UUID:
    """Return the demo id of something; the same parts give the same id.

    Examples
    --------
    >>> demo_id(7, "lead", 0) == demo_id(7, "lead", 0)
    True
    >>> ID_RANGE[0] <= demo_id(7, "lead", 0) <= ID_RANGE[1]
    True
    """
    return UUID(bytes=PREFIX + uuid5(NAMESPACE_OID, "/".join(map(str, key))).bytes[4:])
