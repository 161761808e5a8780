"""The end of a command at a terminal: an exit code, and one sentence of what went wrong."""

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec

import asyncpg
from pydantic import ValidationError

from postgres.errors import GalopeError, first_line
from postgres.settings import refusal

Arguments = ParamSpec("Arguments")


def command(main: Callable[Arguments, int]) -> Callable[Arguments, int]:
    """Have a command line end with a sentence on standard error and never with a traceback.

    Its exit code is then the error's own, 1 of most; 2 for a setting that cannot be what it is, and
    130 for Ctrl-C.
    """

    @functools.wraps(main)
    def ended(*args: Arguments.args, **kwargs: Arguments.kwargs) -> int:
        try:
            return main(*args, **kwargs)
        except GalopeError as error:
            message, code = f"{error}\n", error.exit_code
        except OSError as error:
            message, code = f"{error}\n", 1
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            message, code = f"The database refused or was lost: {first_line(error)}.\n", 1
        except ValidationError as error:
            if not error.title.endswith("Settings"):
                raise
            message, code = refusal(error), 2
        except KeyboardInterrupt:
            message, code = "\n", 130
        sys.stderr.write(message)
        return code

    return ended
