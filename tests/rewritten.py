"""RNTuples with a description that says something else, under right checksums."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import uproot
import xxhash
from dumpxaod.rootio.compression import decompress

Change = Callable[[bytearray], None]

_ANCHOR = struct.Struct(">HHHHQQQQQQQ")


def rewrite(
    source: Path,
    target: Path,
    *,
    header: Change = lambda _: None,
    footer: Change = lambda _: None,
    page_list: Change = lambda _: None,
    anchor: Change = lambda _: None,
) -> Path:
    """Copy an RNTuple with changed envelopes, which come uncompressed behind its end.

    Parameters
    ----------
    source, target
        The files.
    header, footer, page_list, anchor
        Changes a description in place; those of the envelopes without their checksum.
    """
    content = bytearray(source.read_bytes())
    with uproot.open(source) as file:
        start = file.key("EventData").data_cursor.index + 6
        link = file["EventData"].footer.cluster_group_records[0].page_list_link
    values = list(_ANCHOR.unpack_from(content, start))
    head = _envelope(content, values[4:6], values[6], header)
    foot = _envelope(content, values[7:9], values[9], lambda _: None)[:-8]
    pages = _envelope(
        content, (link.locator.offset, link.locator.num_bytes), link.env_uncomp_size, page_list
    )
    pages = _with_checksum(pages[:8] + head[-8:] + pages[16:-8])
    place = foot.index(struct.pack("<QiQ", link.env_uncomp_size, *_size_and_offset(link)))
    changed = bytearray(foot)
    changed[16:24] = head[-8:]
    struct.pack_into("<QiQ", changed, place, len(pages), len(pages), len(content))
    content += pages
    footer(changed)
    values[4:7] = len(content), len(head), len(head)
    content += head
    values[7:10] = len(content), len(changed) + 8, len(changed) + 8
    content += _with_checksum(bytes(changed))
    described = bytearray(_ANCHOR.pack(*values))
    anchor(described)
    digest = xxhash.xxh3_64_intdigest(bytes(described))
    content[start : start + _ANCHOR.size + 8] = described + digest.to_bytes(8, "big")
    target.write_bytes(content)
    return target


def _envelope(content: bytearray, place: Sequence[int], size: int, change: Change) -> bytes:
    offset, length = place
    envelope = bytearray(decompress(bytes(content[offset : offset + length]), size)[:-8])
    change(envelope)
    return _with_checksum(bytes(envelope))


def _with_checksum(envelope: bytes) -> bytes:
    return envelope + xxhash.xxh3_64_intdigest(envelope).to_bytes(8, "little")


def _size_and_offset(link: Any) -> tuple[int, int]:
    return link.locator.num_bytes, link.locator.offset
