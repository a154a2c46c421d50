"""Which fields of the jets a network sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from btagging.discriminants import known
from btagging.errors import UserError
from btagging.export.lwtnn import NAME
from btagging.flavours import LABEL_FIELDS
from btagging.inputs import TRANSFORMS, Input
from btagging.jets.computed import LOG_RATIO, needed
from btagging.network.layer_options import MAX_UNITS
from btagging.ratios import RatioOptions

TUTORIAL = ("rnnip_log_ratio", "jf_sig_log1p")

_PLAIN = RatioOptions(fractions={"c": 0, "tau": 0})  # log(p_b / p_u), which the dumper knows


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
    if len(names) > MAX_UNITS:
        raise UserError(f"--inputs: {len(names):,} are more than {MAX_UNITS}; choose some")
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"--inputs: {name} is given twice")
    return tuple(_find(name, fields) for name in names)


def _best(fields: Sequence[str], sources: Mapping[str, str] | None) -> Sequence[str]:
    found = known(fields, sources, options=_PLAIN, needed=False)
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
