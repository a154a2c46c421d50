"""Header and footer of an RNTuple: its schema, and the locations of its page lists."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dumpxaod.errors import CorruptDataError, UserError
from dumpxaod.files.local import Source
from dumpxaod.rootio.encodings import Packing
from dumpxaod.rootio.envelope import (
    FOOTER,
    HEADER,
    PAGE_LIST,
    Envelope,
    Locator,
    frame_size,
    locator,
    records,
    text,
)
from dumpxaod.rootio.schema import Field, Schema, StoredColumn

_IS_ARRAY = 1  # flag of a field: each entry has a fixed number of them
_IS_LATE, _HAS_RANGE = 1, 2  # flags of a column


def read_schema(source: Source, anchor: bytes) -> Schema:
    """Read header and footer.

    Parameters
    ----------
    anchor
        The verified bytes of the ROOT::RNTuple object: versions of the format, and for header and
        footer the position and the sizes in the file and in memory, big-endian.

    Raises
    ------
    CorruptDataError
        If something contradicts its checksum, or itself.
    UserError
        If the format is too new.
    """
    epoch, major, minor, patch, *spans = struct.unpack_from(">HHHHQQQQQQ", anchor)
    if epoch != 1:
        version = f"{epoch}.{major}.{minor}.{patch}"
        raise UserError(f"its RNTuple is of format {version}, which is too new for this program")
    header = Envelope(HEADER, Locator(*spans[:2]), spans[2]).fetch(source)
    footer = Envelope(FOOTER, Locator(*spans[3:5]), spans[5]).fetch(source)
    for envelope in (header, footer):
        if envelope[8:16] != bytes(8):
            raise UserError("its RNTuple uses a feature that is too new for this program")
    if footer[16:24] != header[-8:]:
        raise CorruptDataError("header and footer of the RNTuple do not belong together")
    position = 16
    for _ in range(3):  # the RNTuple's name, description and writer
        _, position = text(header, position)
    extension = 24
    fields, columns = _described([(header, position), (footer, extension + 8)])
    groups = extension + frame_size(footer, extension)
    return Schema(fields, columns, list(_page_lists(footer, groups)), header[-8:])


def _described(
    descriptions: list[tuple[bytes, int]],
) -> tuple[list[Field], dict[int, list[StoredColumn]]]:
    """Read lists of fields, columns and aliases: those of the header, then those added later."""
    fields: list[Field] = []
    columns: list[tuple[int, StoredColumn]] = []
    aliases: list[tuple[int, int]] = []
    for envelope, position in descriptions:
        fields.extend(_field(envelope, record) for record in records(envelope, position))
        position += frame_size(envelope, position)
        for record in records(envelope, position):
            columns.append(_column(envelope, record, len(columns)))
        position += frame_size(envelope, position)
        aliases.extend(struct.unpack_from("<II", envelope, r) for r in records(envelope, position))
    # An alias lets a field use a column of another field.
    columns += [(field, columns[number][1]) for number, field in aliases]
    by_field: dict[int, list[StoredColumn]] = {}
    for field, column in columns:
        by_field.setdefault(field, []).append(column)
    return fields, by_field


def _field(envelope: bytes, record: int) -> Field:
    parent, role, flags = struct.unpack_from("<8xIHH", envelope, record)
    name, position = text(envelope, record + 16)
    type_name, _ = text(envelope, position)
    return Field(name, type_name, parent, role, bool(flags & _IS_ARRAY))


def _column(envelope: bytes, record: int, number: int) -> tuple[int, StoredColumn]:
    """Read the index of a column's field, and the column."""
    kind, bits, field, flags, way = struct.unpack_from("<HHIHH", envelope, record)
    first, low, high, position = 0, 0.0, 0.0, record + 12
    if flags & _IS_LATE:
        (first,) = struct.unpack_from("<q", envelope, position)
        position += 8
    if flags & _HAS_RANGE:
        low, high = struct.unpack_from("<dd", envelope, position)
    packing = Packing(kind, bits, low, high)
    return field, StoredColumn(number, packing, first != 0, first < 0, way)


def _page_lists(footer: bytes, position: int) -> Iterator[tuple[int, Envelope]]:
    for record in records(footer, position):
        n_clusters, size = struct.unpack_from("<16xIQ", footer, record)
        where, _ = locator(footer, record + 28)
        yield n_clusters, Envelope(PAGE_LIST, where, size)
