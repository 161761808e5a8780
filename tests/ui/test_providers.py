"""Which identity providers the sign-in page offers, by Streamlit's secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import streamlit as st

from ui.sign_in import providers

if TYPE_CHECKING:
    from collections.abc import Mapping


class Section(dict[str, Any]):
    """A section of the secrets."""

    def to_dict(self) -> dict[str, Any]:
        return self


SHARED = {"redirect_uri": "u", "cookie_secret": "s"}


@pytest.mark.parametrize(
    ("user", "section", "offered"),
    [
        ({}, {}, []),
        ({"is_logged_in": False}, SHARED | {"client_id": "c"}, [None]),
        ({"is_logged_in": False}, SHARED | {"google": Section(client_id="c")}, ["google"]),
    ],
)
def test_every_provider_of_the_secrets_is_offered(
    monkeypatch: pytest.MonkeyPatch,
    user: Mapping[str, Any],
    section: Mapping[str, Any],
    offered: list[str | None],
) -> None:
    monkeypatch.setattr(st, "user", user)
    monkeypatch.setattr(st, "secrets", {"auth": section})
    assert list(providers()) == offered
