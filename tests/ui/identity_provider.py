"""An identity provider (OpenID Connect) that confirms whom a test says, asking for no password."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from tests.ui.stack import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request

CLIENT = "galope"
SECRETS = """
[auth]
redirect_uri = "{admin}/oauth2callback"
cookie_secret = "known to the tests alone"
client_id = "{client}"
client_secret = "of no use elsewhere"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
"""Streamlit's secrets for an admin whose people this provider confirms."""


class IdentityProvider:
    """Confirms one person to whoever asks.

    Parameters
    ----------
    url
        Where it is served.
    claims
        What it says of the person, as in ``{"email": "bia@example.com", "email_verified": True}``.
    """

    def __init__(self, url: str, claims: Mapping[str, Any]) -> None:
        self._url, self._claims = url, claims
        self._key = RSAKey.generate_key(2048, parameters={"kid": "test", "alg": "RS256"})
        self._nonce = ""
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
            ]
        )

    def _configuration(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self._url,
                "authorization_endpoint": f"{self._url}/authorize",
                "token_endpoint": f"{self._url}/token",
                "jwks_uri": f"{self._url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def _authorize(self, request: Request) -> RedirectResponse:
        asked = request.query_params
        self._nonce = asked["nonce"]
        answer = urlencode({"code": "once", "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", status_code=302)

    def _token(self, _: Request) -> JSONResponse:
        now = int(time.time())
        claims = {
            "iss": self._url, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 600,
            "nonce": self._nonce, **self._claims,
        }  # fmt: skip
        token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self._key)
        return JSONResponse(
            {"access_token": "none", "token_type": "Bearer", "expires_in": 600, "id_token": token}
        )

    def _keys(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@contextmanager
def confirming(claims: Mapping[str, Any]) -> Iterator[str]:
    """Serve a provider that confirms this person; yield its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = IdentityProvider(url, claims).app
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join()
