"""Notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.api.served import Served


@pytest.mark.parametrize("prefix", ["", "/crm"])
async def test_notes(api: Served, prefix: str) -> None:
    lead = await api.lead()
    address = f"{prefix}/leads/{lead['id']}/notes"
    for note in ("Prefere à tarde", "NEXT_ACTION|05/05/2027|10:30|Ligar"):
        assert (await api.client.post(address, json={"note": note})).json() == {"ok": True}
    notes = (await api.client.get(address)).json()["notes"]
    assert [one["text"] for one in notes] == ["Ligar", "Prefere à tarde"]
    assert set(notes[0]) == {"id", "type", "text", "date", "hour", "created_at"}
    assert (notes[0]["type"], notes[0]["date"], notes[0]["hour"]) == (
        "NEXT_ACTION",
        "2027-05-05",
        "10:30",
    )
    action = (await api.client.get(f"/leads/{lead['id']}/next-action")).json()["next_action"]
    assert action == {"text": "Ligar", "date": "2027-05-05", "time": "10:30"}
    assert isinstance(notes[0]["id"], str)
    assert (await api.client.post(address, json={"note": "NEXT_ACTION|||"})).status_code == 200
    cleared = (await api.client.get(f"/leads/{lead['id']}/next-action")).json()["next_action"]
    assert cleared == {"text": None, "date": None, "time": None}
    assert (await api.client.post(address, json={})).status_code == 400
    nobody = "00000000-0000-4000-8000-000000000000"
    assert (await api.client.get(address.replace(lead["id"], nobody))).json() == {"notes": []}
