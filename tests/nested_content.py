"""What is in nested.root and nested_late.root: vectors of vectors that tell where they belong."""

from __future__ import annotations

from typing import Any

N_EVENTS = 20
LINKS, FLOATS, BITS, SHORTS, BYTES = "links", "floats", "bits", "shorts", "bytes"
LATE = {LINKS: 6, FLOATS: 9}  # the first event of nested_late.root that has them
TRACKS_KEY = 490246363  # of links to InDetTrackParticles


def event(i: int) -> dict[str, list[list[Any]]]:
    """Return the variables of an event: it has i % 4 inner vectors, of up to 4 elements."""
    sizes = [(i + 2 * jet) % 5 for jet in range(i % 4)]
    where = [[100 * i + 10 * jet + k for k in range(n)] for jet, n in enumerate(sizes)]
    return {
        LINKS: [[(0, 0) if x % 3 == 0 else (TRACKS_KEY, x) for x in xs] for xs in where],
        FLOATS: [[x + 0.25 for x in xs] for xs in where],
        BITS: [[x % 2 == 0 for x in xs] for xs in where],
        SHORTS: [[-x for x in xs] for xs in where],
        BYTES: [[x % 256 for x in xs] for xs in where],
    }
