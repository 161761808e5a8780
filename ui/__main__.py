"""``python -m ui``: serves the admin until told to stop."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pydantic import ValidationError
from starlette.middleware import Middleware
from streamlit.starlette import App

from postgres.settings import refusal
from ui.assets import Assets
from ui.settings import Settings

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Run the command line; return the exit code."""
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(refusal(error))
        return 2
    parser = argparse.ArgumentParser(prog="python -m ui", description=__doc__)
    parser.add_argument("--host", default=settings.ui_host, help="address (default: %(default)s)")
    parser.add_argument(
        "--port", type=int, default=settings.ui_port, help="port (default: %(default)s)"
    )
    options = parser.parse_args()
    os.chdir(HERE.parent)  # where .streamlit/config.toml is
    sys.stdout.write(f"Galope's admin: http://{options.host}:{options.port}\n")
    sys.stdout.flush()
    app = App(HERE / "app" / "main.py", middleware=[Middleware(Assets)])
    app.run(config={"server.address": options.host, "server.port": options.port})
    return 0


if __name__ == "__main__":
    sys.exit(main())
