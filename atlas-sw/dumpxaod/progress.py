"""A bar on a terminal: how far a program is, how fast, and how long it will still take.

The other side has the same function word for word: a test compares them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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
    if not sys.stderr.isatty():
        yield _nothing
        return
    from tqdm import tqdm

    with tqdm(
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


def _nothing(done: float, note: str) -> None:
    pass
