"""Users: added with a password that is told once, changed and removed, never the last admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api import users
from api.texts import Text
from tests.api.served import at_terminal, execute
from tests.api.users import signed_in, team, user

if TYPE_CHECKING:
    from tests.api.served import Row, Served


async def test_a_password_is_told_once_and_not_stored(api: Served, database: str) -> None:
    number, password = await user(api, "Alba", "admin")
    listed = (await api.client.get("/users")).json()["items"]
    assert [(one["id"], one["name"], one["role"]) for one in listed] == [(number, "Alba", "admin")]
    (row,) = await execute(database, "SELECT to_jsonb(u)::text AS row FROM galope.user AS u")
    assert password not in row["row"]
    assert "scrypt$" in row["row"]


async def test_the_first_user_is_an_admin_and_the_last_one_goes_last(api: Served) -> None:
    body = {"name": "Bia", "email": "bia@example.com", "role": "seller"}
    early = await api.client.post("/admin/users", json=body)
    assert (early.status_code, early.json()["error"]) == (409, Text.ADMIN_USER_FIRST)
    alba, _ = await user(api, "Alba", "admin")
    bia, _ = await user(api, "Bia", "seller")
    lesser = await api.client.patch(f"/admin/users/{alba}", json={"role": "manager"})
    assert (lesser.status_code, lesser.json()["error"]) == (409, Text.LAST_ADMIN_USER)
    last = await api.client.delete(f"/admin/users/{alba}")
    assert (last.status_code, last.json()["error"]) == (409, Text.LAST_ADMIN_USER)
    assert (await api.client.delete(f"/admin/users/{bia}")).status_code == 200
    assert (await api.client.delete(f"/admin/users/{alba}")).status_code == 200
    again = await api.client.delete(f"/admin/users/{alba}")
    assert (again.status_code, again.json()["error"]) == (404, Text.USER_NOT_FOUND)
    assert (await api.client.get("/session")).json()["sign_in"] is False


async def test_a_name_or_an_e_mail_is_one_persons(api: Served) -> None:
    await user(api, "Alba", "admin")
    for name, email in (("ALBA", "other@example.com"), ("Other", "Alba@Example.com")):
        body = {"name": name, "email": email, "role": "seller"}
        answer = await api.client.post("/admin/users", json=body)
        assert (answer.status_code, answer.json()["error"]) == (409, Text.USER_TAKEN)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"role": "king"}, Text.USER_REQUIRED),
        ({"name": " "}, Text.USER_REQUIRED),
        ({"email": "nobody"}, Text.BAD_EMAIL),
    ],
)
async def test_a_user_needs_a_name_an_e_mail_and_a_role(
    api: Served, change: Row, error: str
) -> None:
    body = {"name": "Alba", "email": "alba@example.com", "role": "admin"} | change
    answer = await api.client.post("/admin/users", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_role_is_what_a_user_may_do(api: Served) -> None:
    people = await team(api)
    lead = await api.lead()
    note, add = f"/leads/{lead['id']}/notes", {"name": "X", "email": "x@e.com", "role": "viewer"}
    for name, writes, decides in (
        ("Vera", 403, 403), ("Bia", 200, 403), ("Guto", 200, 403), ("Alba", 200, 201),
    ):  # fmt: skip
        headers = people[name]
        assert (await api.client.get("/leads", headers=headers)).status_code == 200
        wrote = await api.client.post(note, json={"note": "ligar"}, headers=headers)
        assert wrote.status_code == writes, name
        added = await api.client.post("/admin/users", json=add, headers=headers)
        assert added.status_code == decides, name


async def test_a_team_is_a_word_that_users_share(api: Served) -> None:
    alba, _ = await user(api, "Alba", "admin")
    numbers = {name: (await user(api, name, "seller"))[0] for name in ("Bia", "Caio")}
    leads = {name: (await api.lead(nome=name))["id"] for name in (*numbers, "Alba", "nobody")}
    for name, lead in leads.items():
        owner = None if name == "nobody" else name
        given = await api.client.put("/crm/owners", json={"lead_ids": [lead], "owner": owner})
        assert given.status_code == 200
    for number in numbers.values():
        changed = await api.client.patch(f"/admin/users/{number}", json={"team": " Sul "})
        assert changed.status_code == 200
    # The last admin may change teams, and a role that is left out stays.
    assert (await api.client.patch(f"/admin/users/{alba}", json={"team": "x"})).status_code == 200
    await api.client.patch(f"/admin/users/{alba}", json={"team": ""})
    listed = (await api.client.get("/users")).json()["items"]
    assert [(one["name"], one["role"], one["team"]) for one in listed] == [
        ("Alba", "admin", None), ("Bia", "seller", "Sul"), ("Caio", "seller", "Sul"),
    ]  # fmt: skip

    async def found(**params: str) -> set[str]:
        answer = await api.client.get("/leads", params=params)
        total = await api.client.get("/leads/count", params=params)
        ids = {lead["id"] for lead in answer.json()}
        assert total.json() == {"total": len(ids)}
        return {name for name, lead in leads.items() if lead in ids}

    assert await found(team="sul") == {"Bia", "Caio"}
    assert await found(team="Sul", owner="Caio") == {"Caio"}
    assert await found(team="Sul", owner="Alba") == set()
    assert await found(team="Norte") == set()


async def test_who_is_removed_is_let_in_no_more(api: Served, database: str) -> None:
    await user(api, "Alba", "admin")
    number, _ = await user(api, "Bia", "seller")
    headers = await signed_in(api, "Bia")
    assert (await api.client.delete(f"/admin/users/{number}")).status_code == 200
    assert (await api.client.get("/leads", headers=headers)).status_code == 401
    assert await execute(database, "SELECT FROM galope.session") == []
    again = await api.client.post("/session", json={"email": "bia@example.com"})
    assert again.status_code == 403


async def test_users_are_kept_at_the_terminal(database: str) -> None:
    alba = ("alba@example.com", "--name", "Alba", "--role", "admin")
    code, said = await at_terminal(users.main, database, "add", *alba)
    assert (code, "role admin" in said) == (0, True)
    code, said = await at_terminal(users.main, database, "add", *alba)
    assert (code, "already" in said) == (1, True)
    code, said = await at_terminal(users.main, database, "list")
    assert (code, "Alba" in said) == (0, True)
    for command in ("password", "remove"):
        assert (await at_terminal(users.main, database, command, alba[0]))[0] == 0
    code, said = await at_terminal(users.main, database, "remove", alba[0])
    assert (code, "Nobody has the e-mail" in said) == (1, True)
