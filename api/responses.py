"""Answers that are JSON already."""

from typing import Any

import orjson
from fastapi.responses import Response


class JsonResponse(Response):
    """An answer from JSON text, or from values that become it."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return content.encode() if isinstance(content, str) else orjson.dumps(content, default=str)
