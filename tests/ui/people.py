"""Users of the admin, for tests; without any left, nobody is asked to sign in."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.ui.browser import titled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import Page

    from tests.ui.stack import Stack

TEAM = {"Alba": "admin", "Bia": "seller", "Guto": "manager"}

TOGETHER = {"Bia", "Guto"}
"""Who of them works in the same team."""


@contextmanager
def team(stack: Stack) -> Iterator[dict[str, str]]:
    """Add users, the first an admin; yield their passwords by name; remove them again."""
    made = {}
    try:
        for name, role in TEAM.items():
            body = {"name": name, "email": f"{name.lower()}@example.com", "role": role}
            body |= {"team": "Sul"} if name in TOGETHER else {}
            answer = stack.http.post("/admin/users", json=body)
            answer.raise_for_status()
            made[name] = answer.json()
        yield {name: one["password"] for name, one in made.items()}
    finally:
        nobody(stack)


def nobody(stack: Stack) -> None:
    """Take all leads from their owners, and remove all users."""
    if owned := list(stack.http.get("/crm/owners").json()):
        stack.http.put("/crm/owners", json={"lead_ids": owned}).raise_for_status()
    users = stack.http.get("/users").json()["items"]
    for user in sorted(users, key=lambda user: user["role"] == "admin"):
        stack.http.delete(f"/admin/users/{user['id']}").raise_for_status()


async def sign_in(page: Page, name: str, password: str) -> None:
    """Fill in the form that asks who the reader is."""
    await titled(page, "Entrar")
    await page.get_by_role("textbox", name="E-mail").fill(f"{name.lower()}@example.com")
    await page.get_by_role("textbox", name="Senha").fill(password)
    await page.get_by_role("button", name="Entrar", exact=True).click()
