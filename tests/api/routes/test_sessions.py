"""Sessions: for who knows their password or is vouched for; ended, and expired, at once."""

from __future__ import annotations

from api.services.sign_in import TRIES
from api.texts import Text
from tests.api.served import Served, execute, key, served
from tests.api.users import signed_in, user


async def test_a_password_signs_in_and_out(api: Served) -> None:
    assert (await api.client.get("/session")).json() == {
        "role": "admin", "user": None, "sign_in": False,
    }  # fmt: skip
    number, password = await user(api, "Alba", "admin")
    made = await api.client.post(
        "/session", json={"email": "Alba@example.com", "password": password}
    )
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    said = (await api.client.get("/session", headers=headers)).json()
    alba = {"id": number, "name": "Alba", "email": "alba@example.com", "role": "admin"}
    assert said == {"role": "admin", "user": alba, "sign_in": True}
    assert (await api.client.delete("/session", headers=headers)).status_code == 200
    assert (await api.client.get("/session", headers=headers)).status_code == 401


async def test_who_has_a_wrong_password_is_told_so_and_after_some_not_heard(api: Served) -> None:
    _, password = await user(api, "Alba", "admin")
    for email in ("alba@example.com", "nobody@example.com"):
        wrong = {"email": email, "password": "wrong"}
        for _ in range(TRIES):
            answer = await api.client.post("/session", json=wrong)
            assert (answer.status_code, answer.json()["error"]) == (403, Text.WRONG_PASSWORD)
        right = await api.client.post("/session", json=wrong | {"password": password})
        assert (right.status_code, right.json()["error"]) == (429, Text.TOO_MANY_TRIES)


async def test_only_an_admins_key_vouches_for_somebody(database: str) -> None:
    keys = {role: await key(database, role) for role in ("viewer", "operator", "admin")}
    async with served(database, demo=False) as api:
        await user(api, "Alba", "admin", keys["admin"])
        alba = {"email": "alba@example.com"}
        for role in ("viewer", "operator"):
            answer = await api.client.post("/session", json=alba, headers=keys[role])
            assert (answer.status_code, answer.json()["error"]) == (403, Text.NOT_ALLOWED)
        made = await api.client.post("/session", json=alba, headers=keys["admin"])
        headers = {"Authorization": f"Bearer {made.json()['token']}"}
        of_another = await api.client.post("/session", json=alba, headers=headers)
        assert of_another.status_code == 403
        unknown = await api.client.post(
            "/session", json={"email": "x@example.com"}, headers=keys["admin"]
        )
        assert (unknown.status_code, unknown.json()["error"]) == (403, Text.WRONG_PASSWORD)


async def test_a_session_is_not_stored_and_expires(database: str) -> None:
    async with served(database) as api:
        await user(api, "Alba", "admin")
        headers = await signed_in(api, "Alba")
        token = headers["Authorization"].removeprefix("Bearer ")
        (row,) = await execute(database, "SELECT to_jsonb(s)::text AS row FROM galope.session AS s")
        assert token not in row["row"]
        await execute(database, "UPDATE galope.session SET expires_at = now()")
        assert (await api.client.get("/session", headers=headers)).status_code == 401
        await signed_in(api, "Alba")
    assert len(await execute(database, "SELECT FROM galope.session")) == 1


async def test_a_changed_password_ends_the_other_sessions(api: Served) -> None:
    _, password = await user(api, "Alba", "admin")
    here, elsewhere = await signed_in(api, "Alba"), await signed_in(api, "Alba")
    change = {"current": password, "new": "cavalo bem selado"}
    for body, status in (
        (change | {"current": "wrong"}, 403), (change | {"new": "short"}, 400), (change, 200),
    ):  # fmt: skip
        answer = await api.client.put("/session/password", json=body, headers=here)
        assert answer.status_code == status, answer.text
    assert (await api.client.get("/session", headers=here)).status_code == 200
    assert (await api.client.get("/session", headers=elsewhere)).status_code == 401
    for word, status in ((password, 403), (change["new"], 201)):
        body = {"email": "alba@example.com", "password": word}
        assert (await api.client.post("/session", json=body)).status_code == status
    nobodys = await api.client.put("/session/password", json=change)
    assert (nobodys.status_code, nobodys.json()["error"]) == (403, Text.NOBODY_SIGNED_IN)
