"""The primary vertex of each event, and the beam spot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.rootio.column import Column
from dumpxaod.rootio.daod import Store
from dumpxaod.xaod.batch import Variables
from dumpxaod.xaod.jet_collection import EVENT

Values = NDArray[np.float64]

VERTICES = "PrimaryVertices"
PRIMARY = 1  # vertexType of the hard scattering, xAOD::VxType::PriVtx
COVARIANCE = "covariance"  # of a vertex: xx, xy, yy, xz, yz, zz
_INDEX = {"xx": 0, "xy": 1, "yy": 2, "zz": 5}
_N_COVARIANCE = 6
_POSITION = ("x", "y", "z")
_BEAM = ("beamPosX", "beamPosY", "beamPosZ")
_SPREAD = ("beamPosSigmaX", "beamPosSigmaY", "beamPosSigmaXY")


class Vertex(NamedTuple):
    """The primary vertex of each event; NaN where there is none.

    Parameters
    ----------
    position, beam
        x, y and z in mm of the vertex and of the centre of the beam spot.
    origin
        What impact parameters are relative to: z of the vertex; x and y of the vertex if its
        covariance is known, else of the beam spot.
    spread
        The covariance of the origin in mm^2: "xx", "xy", "yy" and "zz".
    """

    position: tuple[Values, Values, Values]
    beam: tuple[Values, Values, Values]
    origin: tuple[Values, Values, Values]
    spread: Mapping[str, Values]


@dataclass(frozen=True)
class Vertices:
    """How the primary vertices of a derivation are stored.

    Parameters
    ----------
    has_covariance
        Whether the covariance of a vertex is stored. PHYSLITE lacks it; then, as in Athena's
        `PoorMansIpAugmenter`, d0 is relative to the beam line, with the spread of the beam spot.
    """

    has_covariance: bool

    @property
    def objects(self) -> set[tuple[str, str]]:
        """Container and name of the variables that are needed."""
        wanted = {(VERTICES, name) for name in (*_POSITION, "vertexType")}
        wanted |= {(EVENT, name) for name in _BEAM}
        if self.has_covariance:
            return wanted | {(VERTICES, COVARIANCE)}
        return wanted | {(EVENT, name) for name in _SPREAD}

    def of_events(self, columns: Variables) -> Vertex:
        """Find the primary vertex of each event, for which `objects` were read.

        Raises
        ------
        UserError
            If the variables of a vertex differ in length.
        """
        kinds = columns[VERTICES, "vertexType"]
        where = _primary(kinds)
        x, y, z = (_of_vertex(columns[VERTICES, name], kinds, where) for name in _POSITION)
        beam = _of_beam(columns, "X"), _of_beam(columns, "Y"), _of_beam(columns, "Z")
        if self.has_covariance:
            numbers = _covariance(columns[VERTICES, COVARIANCE], kinds)
            spread = {pair: _taken(numbers[:, i], where) for pair, i in _INDEX.items()}
            return Vertex((x, y, z), beam, (x, y, z), spread)
        spread = {
            "xx": _of_beam(columns, "SigmaX") ** 2,
            "yy": _of_beam(columns, "SigmaY") ** 2,
            "xy": _of_beam(columns, "SigmaXY"),  # a covariance already
            "zz": np.zeros_like(z),
        }
        return Vertex((x, y, z), beam, (*beam[:2], z), spread)


def find_vertices(store: Store) -> Vertices:
    """Find out how the primary vertices and the beam spot are stored.

    Raises
    ------
    UserError
        If a variable is missing that impact parameters need.
    """
    vertices = Vertices(COVARIANCE in store.variables(VERTICES))
    for container in (VERTICES, EVENT):
        there = store.variables(container)
        for name in sorted(name for where, name in vertices.objects if where == container):
            if name not in there:
                raise UserError(f"{container} has no {name}, without which tracks cannot be dumped")
    return vertices


def _primary(kinds: Column) -> NDArray[np.int64]:
    """Find the index of each event's primary vertex among all vertices; -1 if it has none."""
    event = np.repeat(np.arange(len(kinds.counts)), kinds.counts)
    found = np.flatnonzero(kinds.values == PRIMARY)
    events, first = np.unique(event[found], return_index=True)
    where = np.full(len(kinds.counts), -1)
    where[events] = found[first]
    return where


def _of_vertex(column: Column, kinds: Column, where: NDArray[np.int64]) -> Values:
    if not np.array_equal(column.counts, kinds.counts):
        raise UserError(f"the variables of {VERTICES} differ in length")
    return _taken(column.values, where)


def _taken(values: NDArray[np.floating], where: NDArray[np.int64]) -> Values:
    taken = np.full(len(where), np.nan)
    taken[where >= 0] = values[where[where >= 0]]
    return taken


def _of_beam(columns: Variables, name: str) -> Values:
    return columns[EVENT, f"beamPos{name}"].first_values().astype(np.float64)


def _covariance(column: Column, kinds: Column) -> NDArray[np.floating]:
    return column.matrix(_N_COVARIANCE, f"{COVARIANCE} of {VERTICES}", kinds.counts)
