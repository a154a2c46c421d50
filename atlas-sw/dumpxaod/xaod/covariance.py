"""The covariance of a track's five parameters (d0, z0, phi, theta, q/p), in either form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dumpxaod.errors import UserError
from dumpxaod.xaod.batch import Variables

Values = NDArray[np.float64]

# Indices of the elements in the lower triangle, row by row, and in the diagonal; "d", "z", "p",
# "t" and "q" stand for the parameters.
_TRIANGLE = {"dd": 0, "zz": 2, "pp": 5, "zt": 7, "tt": 9, "qq": 14}
_DIAGONAL = {"dd": 0, "zz": 1, "pp": 2, "tt": 3, "qq": 4}
_ZT = 4  # among the elements below the diagonal

FULL = "definingParametersCovMatrix"
DIAGONAL, BELOW = "definingParametersCovMatrixDiag", "definingParametersCovMatrixOffDiag"


@dataclass(frozen=True)
class Covariance:
    """How the covariance is stored.

    Parameters
    ----------
    variables
        The triangle; or, since release 22, the variances and the correlations below the diagonal.
    """

    container: str
    variables: tuple[str, ...]

    def of_tracks(self, columns: Variables, tracks: NDArray[np.int64]) -> dict[str, Values]:
        """Return elements of the covariance by pairs of letters, each of shape (n_tracks,).

        Parameters
        ----------
        tracks
            Indices of the tracks among those of all events.

        Raises
        ------
        UserError
            If a track has the wrong number of elements.
        """
        if self.variables == (FULL,):
            triangle = self._rows(columns, FULL, 15)[tracks].astype(np.float64)
            return {pair: triangle[:, i] for pair, i in _TRIANGLE.items()}
        variances = self._rows(columns, DIAGONAL, 5)[tracks].astype(np.float64)
        found = {pair: variances[:, i] for pair, i in _DIAGONAL.items()}
        correlation = self._rows(columns, BELOW, 10)[:, _ZT][tracks].astype(np.float64)
        return {**found, "zt": correlation * np.sqrt(found["zz"] * found["tt"])}

    def _rows(self, columns: Variables, variable: str, n: int) -> NDArray[np.floating]:
        counts = columns[self.container, "d0"].counts
        return columns[self.container, variable].matrix(
            n, f"{variable} of {self.container}", counts
        )


def find_covariance(container: str, variables: frozenset[str]) -> Covariance:
    """Find out how the covariance of tracks is stored, from the names of their variables.

    Raises
    ------
    UserError
        If it is missing.
    """
    for names in ((DIAGONAL, BELOW), (FULL,)):
        if variables.issuperset(names):
            return Covariance(container, names)
    raise UserError(
        f"{container} has neither {FULL} nor {DIAGONAL} with {BELOW}, without which tracks have no "
        "significance"
    )
