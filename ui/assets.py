"""What Streamlit sends to browsers, smaller and sooner: on a phone's line its bytes are the wait.

Streamlit serves its scripts as they are, and tells of those a page needs once the page is drawn.
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from http import HTTPStatus
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from streamlit import file_util

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(file_util.get_static_dir())

PACKED = {".js", ".css"}
"""Kinds of files that are sent compressed; fonts and pictures are so already."""

FOR_EVER = {"Cache-Control": "public, immutable, max-age=31536000", "Vary": "Accept-Encoding"}
"""Of files whose names change with what is in them."""

NEEDED = (
    "BidiComponent", "ButtonGroup", "Checkbox", "Html", "PageLink", "Selectbox", "TextInput",
)  # fmt: skip
"""Streamlit's parts that the board is made of; their scripts are asked for with the page."""

LINK = '<link rel="modulepreload" fetchpriority="low" crossorigin href="./static/js/{name}">'
"""Asks for a script that is needed once Streamlit's own are there, which go first."""

IMPORT = re.compile(r"""(?:from|import)\s*["']\./([\w.-]+\.js)["']""")
"""What a script needs before it runs."""

TEXT_FONT = re.compile(r"@font-face\{(font-family:Source [^}]*)\}")
"""Streamlit's fonts for text, for which nothing is drawn until they are there."""

TEXT_FONT_WIDE = r"@media (min-width: 761px){@font-face{\1;font-display:swap}}"
"""What takes their place: phones use their own font, and others theirs until this one is there."""

FONT = re.compile(r'<link\s+rel="preload"[^>]*as="font"[^>]*>')
"""By which the page asks for its font before its scripts; text is drawn after those."""


def scripts() -> list[str]:
    """Return the names of the board's scripts, and of those that these need."""
    folder = FOLDER / "static" / "js"
    found: dict[str, None] = {}
    asked = [path.name for name in NEEDED for path in folder.glob(f"{name}.*.js")]
    while asked:
        name = asked.pop(0)
        if name not in found:
            found[name] = None
            asked += IMPORT.findall((folder / name).read_text(encoding="utf-8"))
    return list(found)


@cache
def page() -> bytes:
    """Return Streamlit's page, that asks for the board's scripts at once and for no font."""
    text = FONT.sub("", (FOLDER / "index.html").read_text(encoding="utf-8"))
    links = "".join(_links(text))
    return gzip.compress(text.replace("</head>", f"{links}</head>").encode())


def _links(text: str) -> Iterator[str]:
    for name in scripts():
        if name not in text:
            yield LINK.format(name=name)


@cache
def packed(path: Path) -> bytes:
    """Return a file of Streamlit's compressed, which is done once."""
    content = path.read_bytes()
    if path.suffix == ".css":
        content = TEXT_FONT.sub(TEXT_FONT_WIDE, content.decode()).encode()
    return gzip.compress(content)


class Assets:
    """Serves Streamlit's page and its files in its place, to browsers that take them compressed.

    Parameters
    ----------
    app
        What serves the rest.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._files = {
            f"/{path.relative_to(FOLDER).as_posix()}": path
            for path in (FOLDER / "static").rglob("*")
            if path.suffix in PACKED
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        if "gzip" not in asked.get("accept-encoding", ""):
            await self._app(scope, receive, send)
        elif path := self._files.get(scope["path"]):
            kind, _ = guess_type(path)
            headers = {**FOR_EVER, "Content-Encoding": "gzip"}
            body = await run_in_threadpool(packed, path)
            await Response(body, media_type=kind, headers=headers)(scope, receive, send)
        elif "text/html" in asked.get("accept", ""):
            await self._app(scope, receive, _PageSender(send))
        else:
            await self._app(scope, receive, send)


class _PageSender:
    """Sends Streamlit's page in the place of what is sent as one; whatever else as it is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_page = False

    async def __call__(self, message: Message) -> None:
        """Send a part of an answer."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            kind = headers.get("content-type", "")
            self._is_page = message["status"] == HTTPStatus.OK and kind.startswith("text/html")
            if self._is_page:
                headers["content-encoding"] = "gzip"
                headers["content-length"] = str(len(page()))
                for name in ("etag", "last-modified"):
                    del headers[name]
            await self._send(message)
        elif not self._is_page:
            await self._send(message)
        elif not message.get("more_body", False):
            await self._send({"type": "http.response.body", "body": page()})
