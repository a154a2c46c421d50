"""What goes wrong on the user's side, and how a script reports it."""

from __future__ import annotations

import sys
from collections.abc import Callable


class UserError(Exception):
    """A mistake in the input: its text names the file, what was found and what to do."""


def run(main: Callable[[], int | None]) -> None:
    """Run a script's main function and leave with its exit code.

    Parameters
    ----------
    main
        Takes nothing, returns an exit code or None for success.

    Raises
    ------
    SystemExit
        Always: with 2 after a `UserError`, which is printed as one line on stderr,
        and with 130 after Ctrl-C.
    """
    try:
        code = main() or 0
    except UserError as error:
        print(f"{sys.argv[0]}: error: {error}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        print(f"{sys.argv[0]}: interrupted", file=sys.stderr)
        code = 130
    raise SystemExit(code)
