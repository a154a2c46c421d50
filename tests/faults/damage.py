"""Ways in which bytes are damaged on disks and on the way: each from sound bytes to others."""

from __future__ import annotations

import random
from collections.abc import Callable

BLOCK = 512  # bytes of a disk's sector

Damage = Callable[[bytes, random.Random], bytes]


def flip(content: bytes, rng: random.Random) -> bytes:
    """Turn one bit over."""
    damaged = bytearray(content)
    damaged[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def zero(content: bytes, rng: random.Random) -> bytes:
    """Lose a sector."""
    start = rng.randrange(0, len(content), BLOCK)
    length = min(BLOCK, len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def swap(content: bytes, rng: random.Random) -> bytes:
    """Exchange two sectors."""
    n = len(content) // BLOCK
    if n < 2:
        return content[::-1]
    first, second = (BLOCK * i for i in sorted(rng.sample(range(n), 2)))
    one, other = content[first : first + BLOCK], content[second : second + BLOCK]
    middle = content[first + BLOCK : second]
    return content[:first] + other + middle + one + content[second + BLOCK :]


def truncate(content: bytes, rng: random.Random) -> bytes:
    """End too early."""
    return content[: rng.randrange(len(content))]


WAYS: dict[str, Damage] = {
    "one bit": flip,
    "a lost sector": zero,
    "two sectors exchanged": swap,
    "truncated": truncate,
}
