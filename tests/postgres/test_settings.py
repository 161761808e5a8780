"""Settings: each documented, each refused with a sentence when it makes no sense."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

import api.settings
import ui.settings
from postgres.settings import Settings
from tests.stream.child import ROOT, child

NAMES = {
    name: str(field.validation_alias or f"GALOPE_{name.upper()}")
    for name, field in Settings.model_fields.items()
}
ADMIN = {f"GALOPE_{name.upper()}" for name in ui.settings.Settings.model_fields}
API = {
    name: f"GALOPE_{name.upper()}"
    for name in api.settings.Settings.model_fields
    if name not in NAMES
}


@pytest.mark.parametrize("name", [*NAMES, *API])
def test_every_setting_is_documented(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"`{(NAMES | API)[name]}`" in readme
    assert api.settings.Settings.model_fields[name].description


def test_no_other_setting_is_documented() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = [part for part in readme.split("`")[1::2] if part.startswith("GALOPE_")]
    known = {*NAMES.values(), *API.values(), *ADMIN, "GALOPE_TEST_DOCKER", "GALOPE_KEEP_…_DAYS"}
    assert {part.partition("=")[0] for part in code} - known == set()


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
