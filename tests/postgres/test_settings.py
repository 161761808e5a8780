"""Settings: each refused with a sentence when it makes no sense."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from postgres.settings import Settings
from tests.stream.child import child


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GALOPE_LISTEN", "perhaps"),
        ("GALOPE_POLL_MS", "0"),
        ("GALOPE_POLL_MS", "soon"),
        ("GALOPE_BATCH_EVENTS", "-1"),
        ("GALOPE_CACHED_LEADS", "1.5"),
        ("GALOPE_CLOCK", "sun"),
        ("GALOPE_LANGUAGE", "fr"),
        ("GALOPE_TIMEZONE", "Mars/Olympus"),
        ("GALOPE_TIMEZONE", "/etc/passwd"),
        ("GALOPE_LOG_FORMAT", "xml"),
        ("GALOPE_PROBE_S", "0"),
    ],
)
def test_a_senseless_value_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


async def test_a_senseless_value_is_told_in_a_sentence(database: str) -> None:
    async with child(database, GALOPE_CLOCK="sun", GALOPE_TIMEZONE="Mars/Olympus") as stream:
        assert await stream.ends() != 0
    said = "".join(stream.lines)
    assert "GALOPE_CLOCK can't be 'sun'" in said
    assert "GALOPE_TIMEZONE can't be 'Mars/Olympus'" in said
    assert "Traceback" not in said
    assert len(stream.lines) == 2
