"""Retry what may fail temporarily."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

from dumpxaod.errors import UserError, shown

PAUSES = (1.0, 5.0)  # seconds before the second and the third attempt

Result = TypeVar("Result")


def retry(work: Callable[[], Result]) -> Result:
    """Try something up to three times, and return its result.

    Raises
    ------
    UserError
        If it fails every time, or permanently.
    """
    for pause in (*PAUSES, None):
        try:
            return work()
        except (UserError, FileNotFoundError) as error:
            raise UserError(str(error) or "there is no such file") from None
        except Exception as error:  # fsspec passes on what its many transports raise
            reason = _reason(error)
            if "no such file" in reason.lower():  # an answer of an XRootD server
                raise UserError(f"there is no such file ({reason})") from None
            if pause is None:
                raise UserError(f"{reason}; gave up after {len(PAUSES) + 1} attempts") from error
            time.sleep(pause)
    raise AssertionError


def _reason(error: Exception) -> str:
    """Return the first line of an error's text, without XRootD's prefix."""
    text = (str(error).strip().splitlines() or [""])[0] or type(error).__name__
    return shown(re.sub(r".*(?=\[(ERROR|FATAL)\])", "", text))
