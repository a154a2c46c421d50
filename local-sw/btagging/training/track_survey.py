"""What is known of the tracks before the training: how many there are, and how their inputs lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from btagging.errors import UserError
from btagging.jets.held_out import HeldOut
from btagging.jets.stream import Jets
from btagging.jets.track_file import read_track_file
from btagging.network.track_sum import TrackVariables
from btagging.terminal import wrapped
from btagging.training.input_choice import choose_track_inputs
from btagging.training.labelled_jets import labelled_jets
from btagging.training.moments import InputMoments, fit_normalisation


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


def survey_tracks(jets: Jets, names: Sequence[str] | None, held_out: HeldOut) -> TrackSurvey:
    """Choose the inputs, and look at the tracks of all jets once.

    Raises
    ------
    UserError
        If an input means nothing, is the same for all tracks, or the files cannot be used.
    """
    file = read_track_file(jets.files[0])
    inputs = choose_track_inputs(names, file.fields, file.sources)
    variables = TrackVariables(inputs, file.n_max, file.selection, file.association)
    moments = [InputMoments()] * len(inputs)
    unknown = np.zeros(len(inputs), int)
    n_jets = n_tracks = most = 0
    for some in labelled_jets(jets, variables.fields, held_out):
        of_jet = variables.valid(some.batch).sum(axis=1)
        n_jets, n_tracks = n_jets + int(some.used.sum()), n_tracks + int(of_jet[some.used].sum())
        most = max(most, int(of_jet[some.used].max(initial=0)))
        training = np.repeat(some.training, of_jet)
        light = np.repeat(some.light, of_jet)[training]
        columns = variables.columns(some.batch)
        values = [i.transformed(columns)[training] for i in inputs]
        moments = [m + InputMoments.of(x, light) for m, x in zip(moments, values, strict=True)]
        unknown += [int((~np.isfinite(x)).sum()) for x in values]
    if not n_tracks:
        raise UserError(f"{jets.paths[0]}: no jet has any tracks; train_nn.py needs none")
    measured = tuple(fit_normalisation(i, m) for i, m in zip(inputs, moments, strict=True))
    found = replace(variables, inputs=measured)
    return TrackSurvey(found, n_jets, n_tracks, most, tuple(unknown.tolist()))


def summary(found: TrackSurvey) -> str:
    """Say how many tracks there are, and how their inputs are normalised."""
    lines = [
        f"tracks of these jets: {found.n_tracks:,}, {found.tracks_per_jet:.1f} per jet, "
        f"{found.most} at most"
    ]
    for i, n in zip(found.variables.inputs, found.unknown, strict=True):
        text = f"track input {i.name}: (x {i.offset:+.5g}) * {i.scale:.5g}"
        lines.append(text + (f", {i.default:.5g} for {n:,} tracks without it" if n else ""))
    return wrapped("\n".join(lines))
