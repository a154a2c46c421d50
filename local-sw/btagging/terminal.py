"""What only a terminal gets: a bar that shows how far a program is, and lines of its width.

The other side has the same functions word for word: a test compares them.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress(total: float, unit: str) -> Iterator[Callable[[float, str], None]]:
    """Show a bar on stderr while a block runs, if that is a terminal and it takes a while.

    Parameters
    ----------
    total
        How much there is to do.
    unit
        Of what.

    Yields
    ------
    callable
        Moves the bar: takes how much is done, and a note to stand beside it.
    """
    bar_of = _tqdm() if sys.stderr.isatty() else None
    if bar_of is None:
        yield _nothing
        return
    with bar_of(
        total=total,
        unit=f" {unit}",
        unit_scale=True,
        dynamic_ncols=True,
        leave=False,  # what is printed at the end takes its place
        delay=1,  # s
        miniters=0,
    ) as bar:

        def reach(done: float, note: str) -> None:
            bar.set_postfix_str(note, refresh=False)
            bar.update(done - bar.n)

        yield reach


def _tqdm() -> Any:
    try:
        from tqdm import tqdm
    except ImportError:  # a bar is not worth a failure
        return None
    return tqdm


def _nothing(done: float, note: str) -> None:
    pass


def wrapped(text: str) -> str:
    """Wrap lines at words if they are wider than the terminal; elsewhere leave them whole.

    Parameters
    ----------
    text
        What will be printed. Continued lines are indented further.
    """
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns
    lines = []
    for line in text.splitlines():
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        wrap = textwrap.TextWrapper(
            width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
        lines += wrap.wrap(line) or [""]
    return "\n".join(lines)
