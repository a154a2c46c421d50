"""What to dump of a derivation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

R22_DEFAULT, NONE = "r22default", "none"
SELECTIONS = (R22_DEFAULT, NONE)  # of tracks
TRACKS_PER_JET = 40  # as in ATLAS's training datasets
MOST_TRACKS = 1000  # per jet: every row of /tracks is as long as --tracks says


@dataclass(frozen=True)
class DumpOptions:
    """Which jets are written, and which fields of them.

    Parameters
    ----------
    collection
        The jets' container; None for the first known one with b-tagging variables.
    variables
        The fields; None for the default ones.
    nn_file
        The JSON of an lwtnn network, whose scores become fields too.
    max_events
        Stop after as many events; None for all.
    min_pt, max_abs_eta
        Minimum jet pT in GeV, and maximum abs(eta).
    tracks
        Maximum number of tracks per jet; None for no tracks.
    track_variables
        The fields of a track; None for the default ones.
    track_association
        The variable with the links to the tracks; None for the first known one.
    track_selection
        One of `SELECTIONS`.
    """

    collection: str | None = None
    variables: tuple[str, ...] | None = None
    nn_file: Path | None = None
    max_events: int | None = None
    min_pt: float = 20
    max_abs_eta: float = 2.5
    tracks: int | None = None
    track_variables: tuple[str, ...] | None = None
    track_association: str | None = None
    track_selection: str = R22_DEFAULT

    def after(self, n_events: int) -> DumpOptions:
        """Return the options for the files that follow when `n_events` were read."""
        if self.max_events is None:
            return self
        return replace(self, max_events=self.max_events - n_events)

    @property
    def selection(self) -> str:
        """The cuts in words, as the output records them."""
        return f"pt > {_short(self.min_pt)} GeV, |eta| < {_short(self.max_abs_eta)}"


def _short(number: float) -> str:
    return f"{number:g}" if float(f"{number:g}") == number else repr(number)
