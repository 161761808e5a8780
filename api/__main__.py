"""``python -m api``: the HTTP API as a process."""

import sys

import uvicorn
from pydantic import ValidationError

from api.app import application
from api.settings import Settings
from stream.logs import configure


def main() -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(("galope", *map(str, problem["loc"]))).upper()
            sys.stderr.write(f"Setting {name} can't be {problem['input']!r}: {problem['msg']}.\n")
        return 2
    configure(settings.log_format)
    uvicorn.run(
        application(settings),
        host=settings.api_host,
        port=settings.api_port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
