"""Element links, such as those from jets to their b-tagging objects.

A link is the key of a container and an index into it. The key is Athena's `SG::StringPool`
hash (CxxUtils/crc64.h): the lowest 30 bits of a CRC-64 of the container's name and of its
class identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError, shown
from dumpxaod.rootio.column import Column

BTAGGING_CLID = 1264356158  # of xAOD::BTaggingContainer, in its CLASS_DEF
TRACKS_CLID = 1287425431  # of xAOD::TrackParticleContainer
NULL = 0  # the key of a link whose target was thinned away

_POLYNOMIAL = 0x95AC9329AC4BC9B5  # CxxUtils::crc64's, with its bits reversed


@cache
def container_key(name: str, class_id: int = BTAGGING_CLID) -> int:
    """Compute the key of a container in links, from 0 to 2**30 - 1.

    Parameters
    ----------
    name
        The container's name, such as BTagging_AntiKt4EMPFlow.
    class_id
        Athena's identifier of the container's class.
    """
    crc = 2**64 - 1
    for byte in name.encode():
        crc = _next(crc, byte)
    while class_id:
        crc = _next(crc, class_id & 0xFF)
        class_id >>= 8
    return crc & (2**30 - 1)


def _next(crc: int, byte: int) -> int:
    """Extend a CRC by one byte."""
    low = (crc ^ byte) & 0xFF
    for _ in range(8):
        low = (low >> 1) ^ (_POLYNOMIAL if low & 1 else 0)
    return low ^ (crc >> 8)


def follow(
    keys: Column,
    indices: NDArray[np.integer],
    key: int,
    target_counts: NDArray[np.int64],
    *,
    names: Mapping[int, str] | None = None,
) -> NDArray[np.int64]:
    """Find the index of each link's target among the targets of all events.

    Parameters
    ----------
    keys
        The key of each link.
    indices
        The index of each link into its event's container, shape (n_links,).
    key
        The key of the container that the links should lead to.
    target_counts
        Size of that container in each event, shape (n_events,).
    names
        The containers in the file by their keys, for the message.

    Returns
    -------
    numpy.ndarray
        int64, shape (n_links,); -1 for a null link.

    Raises
    ------
    UserError
        If a link leads to another container, or past the end of its event's.
    """
    linked = keys.values != NULL
    strangers = keys.values[linked & (keys.values != key)]
    if strangers.size:
        there = (_container(k, names or {}) for k in (key, int(strangers[0])))
        raise UserError(f"the links lead to several containers: {' and '.join(there)}")
    event = np.repeat(np.arange(len(keys.counts)), keys.counts)
    size = target_counts[event]
    if np.any(indices[linked] >= size[linked]):
        bad = np.flatnonzero(linked & (indices >= size))[0]
        raise UserError(f"a link has index {indices[bad]} into a container of {size[bad]}")
    starts = np.cumsum(target_counts) - target_counts
    return np.where(linked, starts[event] + indices, -1)


def _container(key: int, names: Mapping[int, str]) -> str:
    return shown(names[key]) if key in names else f"one with key {key} that is not there"
