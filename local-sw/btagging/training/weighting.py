"""How much each jet counts in the training: by a field, and by spectra made equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.flavours import FLAVOURS, B
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import Jets
from btagging.training.labelled_jets import labelled_jets

_MOST_BINS = 400  # in all fields together
_FEWEST = 20  # jets per bin
_SAMPLE = 2**16  # jets that the bins are chosen with


@dataclass(frozen=True)
class Weighting:
    """The weights of jets.

    Parameters
    ----------
    field
        The field with the jets' own weights, or None.
    spectra
        The fields in which each flavour gets the spectrum of the b-jets.
    edges
        Of the bins in each of these fields; the first and the last bin have no end.
    factors
        Of shape (flavours, bins, ...).
    """

    field: str | None
    spectra: tuple[str, ...]
    edges: tuple[NDArray[np.float64], ...]
    factors: NDArray[np.float64]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of `/jets` that are needed."""
        return (*((self.field,) if self.field else ()), *self.spectra)

    def of(
        self, jets: Mapping[str, NDArray[Any]], flavour: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Weigh some jets, given by their fields and their places in `FLAVOURS`."""
        places = (flavour, *_bins(jets, self.spectra, self.edges))
        weights = self.factors[places]
        if self.field:
            weights = weights * jets[self.field]
        return weights.astype(np.float32)

    def as_dict(self) -> dict[str, Any]:
        """Describe it for a file of the model."""
        names = [flavour.name for flavour in FLAVOURS]
        edges = dict(zip(self.spectra, (edge.tolist() for edge in self.edges), strict=True))
        factors = dict(zip(names, self.factors.tolist(), strict=True))
        return {"weight": self.field, "edges": edges, "factors": factors if edges else {}}


def measure_weighting(
    jets: Jets, held_out: HeldOut, field: str | None, spectra: Sequence[str]
) -> Weighting | None:
    """Measure the spectra of the training jets, in bins that hold equally many jets.

    The mean weight of the training jets is 1, for the size of a step must not depend on the unit.

    Parameters
    ----------
    jets
        The files.
    held_out
        Which jets are not to train on.
    field, spectra
        As of `Weighting`; without both there are no weights.

    Raises
    ------
    UserError
        If the jets have no such field, a value is no number, or the weights of a flavour add up to
        0 or less.
    """
    if not (field or spectra):
        return None
    edges = _edges(jets, held_out, spectra)
    counts, n_jets = np.zeros((len(FLAVOURS), *(len(edge) + 1 for edge in edges))), 0
    weighting = Weighting(field, tuple(spectra), edges, counts)
    for some, flavour in _training_jets(jets, held_out, weighting.fields):
        weights = some[field].astype(np.float64) if field else 1.0
        np.add.at(counts, (flavour, *_bins(some, spectra, edges)), weights)
        n_jets += len(flavour)
    factors = _factors(counts)
    totals = np.sum(counts * factors, axis=tuple(range(1, counts.ndim)))
    for flavour_of, total in zip(FLAVOURS, totals.tolist(), strict=True):
        if not total > 0:
            raise UserError(
                f"{jets.paths[0]}: the weights of the {flavour_of.name} to train on add up to "
                f"{total:g}; choose other fields for --weight and --reweight"
            )
    return replace(weighting, factors=factors * n_jets / totals.sum())


def _training_jets(
    jets: Jets, held_out: HeldOut, fields: Sequence[str]
) -> Iterator[tuple[Mapping[str, NDArray[Any]], NDArray[np.intp]]]:
    """Read some fields of the jets to train on, and their places in `FLAVOURS`."""
    for some in labelled_jets(jets, fields, held_out):
        for name in fields:
            _require_finite(jets, name, some.batch[name][some.used])
        these = some.training
        yield {name: some.batch[name][these] for name in fields}, some.flavour[these]


def _factors(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide the b-jets' spectrum by that of each flavour, all with the same number of jets."""
    axes = tuple(range(1, counts.ndim))
    counts = np.maximum(counts, 0)  # a weight may be negative
    shares = counts / np.maximum(counts.sum(axis=axes, keepdims=True), 1e-300)
    wanted = shares[[FLAVOURS.index(B)]]
    factors = np.divide(wanted, shares, out=np.zeros_like(shares), where=shares > 0)
    return factors if axes else np.ones_like(counts)


def _edges(
    jets: Jets, held_out: HeldOut, spectra: Sequence[str]
) -> tuple[NDArray[np.float64], ...]:
    """Choose edges such that there are equally many jets between them, in each field."""
    if not spectra:
        return ()
    step = max(jets.n_jets // _SAMPLE, 1)
    parts = [
        [some[name][::step] for name in spectra]
        for some, _ in _training_jets(jets, held_out, spectra)
    ]
    values = [np.concatenate(found).astype(np.float64) for found in zip(*parts, strict=True)]
    n_bins = min(_MOST_BINS, max(len(values[0]) // (_FEWEST * len(FLAVOURS)), 1))
    each = max(int(n_bins ** (1 / len(spectra))), 1)
    inner = np.linspace(0, 1, each + 1)[1:-1]
    return tuple(np.unique(np.quantile(found, inner)) for found in values)


def _bins(
    jets: Mapping[str, NDArray[Any]],
    spectra: Sequence[str],
    edges: Sequence[NDArray[np.float64]],
) -> list[NDArray[np.intp]]:
    return [
        np.searchsorted(edge, jets[name], side="right")
        for name, edge in zip(spectra, edges, strict=True)
    ]


def _require_finite(jets: Jets, name: str, values: NDArray[Any]) -> None:
    if not np.isfinite(values).all():
        raise UserError(
            f"{jets.paths[0]}: {shown(name)} is no finite number for some jets, which so have no "
            "weight; choose another field, or leave these jets out with --where"
        )
