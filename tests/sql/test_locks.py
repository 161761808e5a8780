"""Advisory locks: what waits for one thing must not wait for another."""

import re

from postgres.install import ONE_AT_A_TIME
from postgres.statements import SQL
from stream.turn import ONLY_ONE


def test_each_advisory_lock_has_a_key_of_its_own() -> None:
    written = [
        int(key)
        for path in SQL.rglob("*.sql")
        for key in re.findall(r"pg_advisory_xact_lock\((\d+)\)", path.read_text(encoding="utf-8"))
    ]
    keys = [*written, ONE_AT_A_TIME, ONLY_ONE]
    assert len(written) > 1
    assert len(set(keys)) == len(keys)
