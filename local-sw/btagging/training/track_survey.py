"""What is known of the tracks before the training: how many there are, and how their inputs lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError, shown
from btagging.flavours import FLAVOURS, LIGHT, flavour_index
from btagging.inputs import TRACK_TRANSFORMS, Input
from btagging.jets.dataset import PREFIX
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import Jets
from btagging.jets.track_file import read_track_file
from btagging.jets.tracks import VALID
from btagging.network.layer_options import MAX_UNITS
from btagging.network.track_sum import TrackVariables
from btagging.terminal import wrapped
from btagging.training.moments import Moments
from btagging.training.survey import fit_normalisation

TRACK_INPUTS = (
    "IP3D_signed_d0_significance_symlog",  # how far the track misses the vertex, in sigmas
    "IP3D_signed_z0_significance_symlog",
    "ptfrac_log",  # share of the jet's momentum
    "dr_log",  # distance from the jet's axis
    "numberOfInnermostPixelLayerHits",  # without the first layer, all is less sure
    "numberOfPixelHits",
    "numberOfSCTHits",
    "numberOfPixelSharedHits",
    "numberOfSCTSharedHits",
)
"""What is taken by default of a track, as far as the files have it."""


@dataclass(frozen=True)
class TrackSurvey:
    """What is known of the tracks.

    Parameters
    ----------
    variables
        With the normalisation that suits the tracks of the training jets.
    n_jets, n_tracks, most
        How many jets of a flavour there are, how many tracks, and how many at most of a jet.
    unknown
        For each input, how many of the tracks of the training jets have none.
    """

    variables: TrackVariables
    n_jets: int
    n_tracks: int
    most: int
    unknown: tuple[int, ...]

    @property
    def tracks_per_jet(self) -> float:
        """The mean number."""
        return self.n_tracks / self.n_jets


def choose_track_inputs(names: Sequence[str] | None, fields: Sequence[str]) -> tuple[Input, ...]:
    """Find the inputs in the fields of `/tracks`.

    Parameters
    ----------
    names
        A field, or a field and a transform, as in `dr_log`. None: those of `TRACK_INPUTS` that
        there are.
    fields
        The fields that the files have, with `PREFIX`.

    Raises
    ------
    UserError
        If a name means nothing here or is given twice, or there is none.
    """
    there = [name.removeprefix(PREFIX) for name in fields if name != VALID]
    if names is None:
        names = [name for name in TRACK_INPUTS if _find(name, there)]
    if len(names) > MAX_UNITS or len(set(names)) < len(names):
        raise UserError(f"--track-inputs: a name is given twice, or more than {MAX_UNITS} are")
    found = []
    for name in names:
        i = _find(name, there)
        if i is None:
            listed = ", ".join(map(shown, there))
            raise UserError(f"--track-inputs: no field '{name}'; the fields are: {listed}")
        found.append(i)
    if not found:
        raise UserError(f"/tracks has none of {', '.join(TRACK_INPUTS)}; choose --track-inputs")
    return tuple(found)


def _find(name: str, fields: Sequence[str]) -> Input | None:
    field, _, transform = name.rpartition("_")
    if name in fields:
        return Input(name, PREFIX + name, "identity")
    if field in fields and transform in TRACK_TRANSFORMS:
        return Input(name, PREFIX + field, transform)
    return None


def survey_tracks(jets: Jets, names: Sequence[str] | None, held_out: HeldOut) -> TrackSurvey:
    """Choose the inputs, and look at the tracks of all jets once.

    Raises
    ------
    UserError
        If an input means nothing, is the same for all tracks, or the files cannot be used.
    """
    file = read_track_file(jets.files[0])
    inputs = choose_track_inputs(names, file.fields)
    variables = TrackVariables(inputs, file.n_max, file.selection)
    moments = [(Moments(), Moments())] * len(inputs)
    unknown = np.zeros(len(inputs), int)
    first = n_jets = n_tracks = most = 0
    conditions = [condition.field for condition in jets.where]
    fields = dict.fromkeys([jets.label_field, *conditions, *variables.fields])
    for batch in replace(jets, where=()).batches(list(fields)):
        flavour = flavour_index(batch[jets.label_field])
        of_jet = variables.valid(batch).sum(axis=1)
        used = (flavour < len(FLAVOURS)) & jets.passing(batch)
        n_jets, n_tracks = n_jets + int(used.sum()), n_tracks + int(of_jet[used].sum())
        most = max(most, int(of_jet[used].max(initial=0)))
        training = np.repeat(used & ~held_out.mask(first, len(used)), of_jet)
        light = np.repeat(flavour == FLAVOURS.index(LIGHT), of_jet)
        values = _transformed(variables, batch)
        more = [(Moments.of(x[training & light]), Moments.of(x[training & ~light])) for x in values]
        moments = [(m[0] + n[0], m[1] + n[1]) for m, n in zip(moments, more, strict=True)]
        unknown += [int((training & ~np.isfinite(x)).sum()) for x in values]
        first += len(used)
    measured = tuple(fit_normalisation(i, *m) for i, m in zip(inputs, moments, strict=True))
    found = replace(variables, inputs=measured)
    return TrackSurvey(found, n_jets, n_tracks, most, tuple(unknown.tolist()))


def _transformed(variables: TrackVariables, batch: Any) -> list[NDArray[np.float64]]:
    valid = variables.valid(batch)
    columns = {name: batch[name][:, : variables.n_max][valid] for name in variables.fields}
    return [i.transformed(columns) for i in variables.inputs]


def summary(found: TrackSurvey) -> str:
    """Say how many tracks there are, and how their inputs are normalised."""
    lines = [
        f"tracks: {found.n_tracks:,}, {found.tracks_per_jet:.1f} per jet, {found.most} at most"
    ]
    for i, n in zip(found.variables.inputs, found.unknown, strict=True):
        text = f"track input {i.name}: (x {i.offset:+.5g}) * {i.scale:.5g}"
        lines.append(text + (f", {i.default:.5g} for {n:,} tracks without it" if n else ""))
    return wrapped("\n".join(lines))
