"""The baskets of a TTree: for each branch the bytes of a range of events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import CorruptDataError, shown
from dumpxaod.files.local import Source
from dumpxaod.rootio.basket import content_size, embedded_basket, read_basket
from dumpxaod.rootio.compression import require_plausible

Bounds = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Where the bytes of each entry start and stop, each of shape (n_entries,)."""


class Entries(NamedTuple):
    """The bytes of consecutive entries, shape (n_bytes,), and where each entry is among them."""

    data: NDArray[np.uint8]
    bounds: Bounds


class Branch:
    """The locations of the baskets of one branch.

    Parameters
    ----------
    n_entries
        Of the tree.

    Raises
    ------
    CorruptDataError
        If the branch has another number of entries, or its baskets have gaps or overlap.
    """

    def __init__(self, branch: Any, n_entries: int) -> None:
        self.name: str = branch.name
        firsts = list(branch.entry_offsets)  # of each basket, and the end
        if firsts[0] != 0 or firsts != sorted(firsts):
            raise CorruptDataError(f"the baskets of {shown(self.name)} do not follow each other")
        if firsts[-1] != n_entries:
            raise CorruptDataError(
                f"{shown(self.name)} has {firsts[-1]} entries and the tree {n_entries}"
            )
        self._firsts = np.asarray(firsts)
        found = branch.entries_to_ranges_or_baskets(0, int(self._firsts[-1]))
        self._locations = [tuple(map(int, f)) if isinstance(f, tuple) else f for _, f in found]

    def locations(self, start: int, stop: int) -> list[Any]:
        """Locate the baskets with a range of entries.

        Returns
        -------
        list
            For each basket its byte range in the file, start and stop; or uproot's model of it if
            it is in the tree itself.
        """
        first, last = np.searchsorted(self._firsts, (start, stop - 1), "right")
        return self._locations[first - 1 : last]

    def join(self, contents: Sequence[Any], start: int, stop: int) -> Entries:
        """Join baskets, and keep the entries from `start` to before `stop`.

        Parameters
        ----------
        contents
            For each of `locations(start, stop)` its bytes, or uproot's model.

        Raises
        ------
        CorruptDataError
            If their content contradicts the branch, or itself.
        """
        baskets = [read_basket(c) if isinstance(c, bytes) else embedded_basket(c) for c in contents]
        first = np.searchsorted(self._firsts, start, "right") - 1
        counts = np.array([len(basket.starts) for basket in baskets])
        if np.any(counts != np.diff(self._firsts[first : first + len(baskets) + 1])):
            raise CorruptDataError("a basket has more or fewer entries than the tree says")
        ends = np.cumsum([len(basket.data) for basket in baskets])
        begins = np.append(0, ends[:-1])
        shifts = np.repeat(begins - [basket.origin for basket in baskets], counts)
        starts = np.concatenate([basket.starts for basket in baskets]) + shifts
        stops = np.append(starts[1:], ends[-1])
        if np.any(starts[np.cumsum(counts) - counts] != begins) or np.any(stops < starts):
            raise CorruptDataError("the entries of a basket are not in order")
        data = np.frombuffer(b"".join([basket.data for basket in baskets]), np.uint8)
        wanted = slice(start - self._firsts[first], stop - self._firsts[first])
        return Entries(data, (starts[wanted], stops[wanted]))


def fetch_baskets(
    source: Source, branches: Iterable[Branch], start: int, stop: int
) -> dict[str, list[Any]]:
    """Fetch the baskets of some branches with a range of events, still compressed.

    Returns
    -------
    dict
        By the name of the branch, the contents that `Branch.join` needs.

    Raises
    ------
    CorruptDataError
        If they claim to be implausibly large.
    """
    found = [
        (branch.name, basket) for branch in branches for basket in branch.locations(start, stop)
    ]
    ranges = [basket for _, basket in found if isinstance(basket, tuple)]
    if sum(end - begin for begin, end in ranges) > source.num_bytes:
        raise CorruptDataError("its baskets are larger than the file")
    # All byte ranges in one request, for the sake of remote files.
    fetched = iter(source.fetch(ranges))
    contents: dict[str, list[Any]] = {name: [] for name, _ in found}
    for name, basket in found:
        contents[name].append(next(fetched) if isinstance(basket, tuple) else basket)
    baskets = [c for several in contents.values() for c in several if isinstance(c, bytes)]
    require_plausible(sum(map(content_size, baskets)), sum(map(len, baskets)))
    return contents
