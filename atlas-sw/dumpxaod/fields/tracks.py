"""Every field of /tracks: its name, its unit, and how it is computed from the event data.

Names are those of ATLAS's training-dataset-dumper. A new field is one line in `TRACK_FIELDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dumpxaod.xaod.tracks import Tracks

Values = NDArray[Any]


@dataclass(frozen=True)
class TrackField:
    """A field of /tracks.

    Parameters
    ----------
    formula
        How it is computed, for people: {origin} is what impact parameters are relative to, and
        {spread} what contributes to their uncertainties besides the track's own covariance.
    compute
        The same as a function.
    unit
        "1" for a bare number.
    sources
        Variables of a track that it needs besides those that are always read.
    """

    name: str
    formula: str
    compute: Callable[[Tracks], Values]
    unit: str = "1"
    sources: tuple[str, ...] = ()

    def values(self, tracks: Tracks) -> Values:
        """Compute the field: floats as f4, integers as they are in the event data."""
        with np.errstate(all="ignore"):
            values = self.compute(tracks)
            return values.astype(np.float32) if values.dtype.kind == "f" else values


def _error(pair: str) -> Callable[[Tracks], Values]:
    return lambda t: np.sqrt(t.perigee.covariance[pair])


_SIGNED = "|{}|, positive where the track crosses the jet's axis in front of the vertex"
_D0, _Z0 = "d0 relative to the {origin}", "z0 sin(theta) relative to the primary vertex"
_D0_ERROR = "sqrt(variance of d0 + {spread})"
_Z0_ERROR = "sqrt(variance of z0 sin(theta){z_spread})"

_SIGNED_D0 = _SIGNED.format(_D0), lambda t: t.impact.signed_d0, "mm"
_SIGNED_Z0 = _SIGNED.format(_Z0), lambda t: t.impact.signed_z0_sin_theta, "mm"
_D0_SIGNIFICANCE = (
    f"signed d0 / {_D0_ERROR}",
    lambda t: t.impact.signed_d0 / t.impact.d0_uncertainty,
)
_Z0_SIGNIFICANCE = (
    f"signed z0 sin(theta) / {_Z0_ERROR}",
    lambda t: t.impact.signed_z0_sin_theta / t.impact.z0_sin_theta_uncertainty,
)

KINEMATICS = (
    TrackField("pt", "|sin(theta) / qOverP|", lambda t: t.pt, "MeV"),
    TrackField("eta", "-log(tan(theta / 2))", lambda t: t.eta),
    TrackField("theta", "theta", lambda t: t["theta"], "rad", ("theta",)),
    TrackField("phi", "phi", lambda t: t["phi"], "rad", ("phi",)),
    TrackField("qOverP", "qOverP", lambda t: t["qOverP"], "1/MeV", ("qOverP",)),
    TrackField("deta", "eta - eta of the jet", lambda t: t.deta),
    TrackField("dphi", "phi - phi of the jet, from -pi to pi", lambda t: t.dphi, "rad"),
    TrackField("dr", "sqrt(deta^2 + dphi^2)", lambda t: np.hypot(t.deta, t.dphi)),
    TrackField("ptfrac", "pt / pt of the jet", lambda t: t.pt / t.of_jet("pt")),
)
IMPACT = (
    TrackField("d0", _D0, lambda t: t.impact.d0, "mm"),
    TrackField("z0SinTheta", _Z0, lambda t: t.impact.z0_sin_theta, "mm"),
    TrackField("d0Uncertainty", _D0_ERROR, lambda t: t.impact.d0_uncertainty, "mm"),
    TrackField(
        "z0SinThetaUncertainty", _Z0_ERROR, lambda t: t.impact.z0_sin_theta_uncertainty, "mm"
    ),
    TrackField("d0RelativeToBeamspot", "d0", lambda t: t["d0"], "mm", ("d0",)),
    TrackField("z0RelativeToBeamspot", "z0", lambda t: t["z0"], "mm", ("z0",)),
    TrackField("d0RelativeToBeamspotUncertainty", "sqrt(variance of d0)", _error("dd"), "mm"),
    TrackField("z0RelativeToBeamspotUncertainty", "sqrt(variance of z0)", _error("zz"), "mm"),
    TrackField("phiUncertainty", "sqrt(variance of phi)", _error("pp"), "rad"),
    TrackField("thetaUncertainty", "sqrt(variance of theta)", _error("tt"), "rad"),
    TrackField("qOverPUncertainty", "sqrt(variance of qOverP)", _error("qq"), "1/MeV"),
    TrackField("IP3D_signed_d0", *_SIGNED_D0),
    TrackField("IP3D_signed_z0", *_SIGNED_Z0),
    TrackField("IP3D_signed_d0_significance", *_D0_SIGNIFICANCE),
    TrackField("IP3D_signed_z0_significance", *_Z0_SIGNIFICANCE),
)
NEWER_NAMES = (
    TrackField("lifetimeSignedD0", *_SIGNED_D0),
    TrackField("lifetimeSignedZ0SinTheta", *_SIGNED_Z0),
    TrackField("lifetimeSignedD0Significance", *_D0_SIGNIFICANCE),
    TrackField("lifetimeSignedZ0SinThetaSignificance", *_Z0_SIGNIFICANCE),
)
TRACK_FIELDS = {field.name: field for field in (*KINEMATICS, *IMPACT, *NEWER_NAMES)}

# Numbers of hits, as they are stored; the last four are only in full derivations.
HITS = (
    "numberOfPixelHits",
    "numberOfSCTHits",
    "numberOfInnermostPixelLayerHits",
    "numberOfPixelSharedHits",
    "numberOfSCTSharedHits",
    "numberOfPixelHoles",
    "numberOfSCTHoles",
    "numberOfPixelDeadSensors",
    "numberOfSCTDeadSensors",
    "numberOfNextToInnermostPixelLayerHits",
    "numberOfInnermostPixelLayerSharedHits",
    "numberOfInnermostPixelLayerSplitHits",
    "numberOfPixelSplitHits",
)
