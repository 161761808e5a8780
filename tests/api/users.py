"""Users of the admin, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.api.served import Served


TEAM = {
    "Alba": "admin", "Bia": "seller", "Caio": "seller", "Guto": "manager", "Vera": "viewer",
}  # fmt: skip


async def user(
    api: Served, name: str, role: str, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """Add a user over HTTP; return their number and password."""
    body = {"name": name, "email": f"{name.lower()}@example.com", "role": role}
    answer = await api.client.post("/admin/users", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return made["id"], made["password"]


async def signed_in(api: Served, name: str) -> dict[str, str]:
    """Sign a user in as whoever vouches for them does; return the header for their calls."""
    answer = await api.client.post("/session", json={"email": f"{name.upper()}@example.com"})
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def team(api: Served) -> dict[str, dict[str, str]]:
    """Add one user of each role and sign them in; return their headers by name."""
    for name, role in TEAM.items():
        await user(api, name, role)
    return {name: await signed_in(api, name) for name in TEAM}
