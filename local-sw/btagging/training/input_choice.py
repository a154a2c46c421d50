"""Which fields of the jets and of their tracks a network sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from btagging.discriminants import known
from btagging.errors import UserError, shown
from btagging.export.lwtnn import NAME
from btagging.flavours import LABEL_FIELDS
from btagging.inputs import TRACK_TRANSFORMS, TRANSFORMS, Input
from btagging.jets.computed import LOG_RATIO, needed
from btagging.jets.dataset import PREFIX
from btagging.jets.tracks import VALID
from btagging.network.layer_options import MAX_UNITS
from btagging.ratios import LIGHT_ONLY

TUTORIAL = ("rnnip_log_ratio", "jf_sig_log1p")

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


def choose(
    names: Sequence[str] | None, fields: Sequence[str], sources: Mapping[str, str] | None = None
) -> tuple[Input, ...]:
    """Find the inputs in the fields of `/jets`, or in what is made from them.

    Parameters
    ----------
    names
        A field, or a field and a transform, as in `jf_sig_log1p`. None: the tutorial's
        two, or where one is missing the log-ratios that there are, and `jf_sig_log1p`.
    fields
        The fields that the files have.
    sources
        What the fields were made from, where that is known.

    Raises
    ------
    UserError
        If a name means nothing here or is given twice.
    """
    if names is None:
        names = _best(fields, sources)
    _check("--inputs", names)
    found = (_find(name, fields) for name in names)
    return tuple(replace(i, source=(sources or {}).get(i.field, "")) for i in found)


def _check(option: str, names: Sequence[str]) -> None:
    if len(names) > MAX_UNITS:
        raise UserError(f"{option}: {len(names):,} are more than {MAX_UNITS}; choose some")
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{option}: {name} is given twice")


def _best(fields: Sequence[str], sources: Mapping[str, str] | None) -> Sequence[str]:
    found = known(fields, sources, options=LIGHT_ONLY, needed=False)
    names = [discriminant.name for discriminant in found]
    # The scores of an earlier training are no inputs of the next one, unless they are asked for.
    ratios = [name for name in names if name.endswith(LOG_RATIO) and name != f"{NAME}{LOG_RATIO}"]
    significance = ["jf_sig_log1p"] if "jf_sig" in fields else []
    if TUTORIAL[0] in ratios and significance:
        return TUTORIAL
    if not ratios + significance:
        raise UserError(
            "no *_log_ratio and no jf_sig to train on; choose --inputs from the fields: "
            + _listed(fields)
        )
    return ratios + significance


def _find(name: str, fields: Sequence[str]) -> Input:
    if needed(name, fields) and name not in LABEL_FIELDS:
        return Input(name, name, "identity")
    field, _, transform = name.rpartition("_")
    if needed(field, fields) and field not in LABEL_FIELDS and transform in TRANSFORMS:
        return Input(name, field, transform)
    raise UserError(f"--inputs: no field '{name}'; the fields are: {_listed(fields)}")


def _listed(fields: Sequence[str]) -> str:
    return ", ".join(name for name in fields if name not in LABEL_FIELDS) or "none"


def choose_track_inputs(
    names: Sequence[str] | None, fields: Sequence[str], sources: Mapping[str, str] | None = None
) -> tuple[Input, ...]:
    """Find the inputs in the fields of `/tracks`.

    Parameters
    ----------
    names
        A field, or a field and a transform, as in `dr_log`. None: those of `TRACK_INPUTS` that
        there are.
    fields, sources
        The fields that the files have, with `PREFIX`; what they were made from, where that is
        known.

    Raises
    ------
    UserError
        If a name means nothing here or is given twice, or there is none.
    """
    there = [name.removeprefix(PREFIX) for name in fields if name != VALID]
    if names is None:
        names = [name for name in TRACK_INPUTS if _find_of_tracks(name, there)]
    _check("--track-inputs", names)
    found = []
    for name in names:
        i = _find_of_tracks(name, there)
        if i is None:
            listed = ", ".join(map(shown, there))
            raise UserError(f"--track-inputs: no field '{name}'; the fields are: {listed}")
        found.append(i)
    if not found:
        raise UserError(f"/tracks has none of {', '.join(TRACK_INPUTS)}; choose --track-inputs")
    return tuple(replace(i, source=(sources or {}).get(i.field, "")) for i in found)


def _find_of_tracks(name: str, fields: Sequence[str]) -> Input | None:
    field, _, transform = name.rpartition("_")
    if name in fields:
        return Input(name, PREFIX + name, "identity")
    if field in fields and transform in TRACK_TRANSFORMS:
        return Input(name, PREFIX + field, transform)
    return None
