"""The file that says what a network's inputs and outputs mean: `variables.json`.

Keras saves layers and weights, but no fields, normalisation and defaults.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from btagging.errors import UserError, shown
from btagging.inputs import TRACK_TRANSFORMS, TRANSFORMS, Input
from btagging.jets.dataset import PREFIX
from btagging.network.json_file import SHA256, read_json, signed
from btagging.network.layer_options import MAX_UNITS
from btagging.network.track_sum import TrackVariables
from btagging.network.training_record import TrainingRecord

NAME = "variables.json"
"""Of the file, which is in the folder of the architecture."""

ARCHITECTURE, WEIGHTS = "architecture", "weights"
"""The keys of `Variables.files`."""

_TRACKS, _N_MAX = "tracks", "n_max"
_SELECTION, _ASSOCIATION = "selection", "association"
_KEYS = ("inputs", "outputs", _TRACKS, "training", "files", SHA256)
_MOST_TRACKS = 1000


@dataclass(frozen=True)
class Variables:
    """The content of the file.

    Parameters
    ----------
    inputs, outputs, tracks
        As in `Network`.
    files
        The SHA-256 of the architecture and of the weights of the same training; empty in a file
        that was made by hand.
    training
        Which jets the network was trained on; None if the file does not say.
    fingerprint
        The SHA-256 of the file's content, which identifies the training; empty as above.
    """

    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    files: Mapping[str, str]
    training: TrainingRecord | None
    fingerprint: str
    tracks: TrackVariables | None = None


def describe(
    inputs: Sequence[Input],
    outputs: Sequence[str],
    files: Mapping[str, str],
    training: TrainingRecord,
    tracks: TrackVariables | None = None,
) -> dict[str, Any]:
    """Describe a network for `variables.json`."""
    return signed(
        {
            "inputs": [asdict(i) for i in inputs],
            "outputs": list(outputs),
            **({_TRACKS: asdict(tracks)} if tracks else {}),
            "training": training.as_dict(),
            "files": dict(files),
        }
    )


def read(path: Path) -> Variables:
    """Read the file.

    Raises
    ------
    UserError
        If the file is missing or broken, or anything in it is missing, duplicate, unknown, or of
        the wrong type.
    """
    content = read_json(path)
    unknown = [key for key in content if key not in _KEYS]
    if unknown:
        raise UserError(f"{path}: unknown entry {shown(repr(unknown[0]))}; train again")
    entries, outputs = content.get("inputs"), content.get("outputs")
    if not isinstance(entries, list) or not isinstance(outputs, list):
        raise UserError(f"{path}: needs a list of inputs and one of outputs; train again")
    for what, found in ("inputs", entries), ("outputs", outputs):
        if len(found) > MAX_UNITS:
            raise UserError(f"{path}: {len(found):,} {what} are more than {MAX_UNITS}")
    inputs = [_read_input(path, entry, TRANSFORMS) for entry in entries]
    tracks = _read_tracks(path, content[_TRACKS]) if _TRACKS in content else None
    for names in ([i.name for i in inputs], outputs):
        _check_names(path, names)
    return Variables(
        tuple(inputs),
        tuple(outputs),
        _read_files(path, content.get("files", {})),
        TrainingRecord.read(path, content["training"]) if "training" in content else None,
        content.get(SHA256, ""),
        tracks,
    )


def _read_tracks(path: Path, entry: Any) -> TrackVariables:
    types = {"inputs": list, _N_MAX: int, _SELECTION: str, _ASSOCIATION: str}
    found = {_ASSOCIATION: "", **entry} if isinstance(entry, dict) else {}
    if {key: type(value) for key, value in found.items()} != types:
        raise UserError(
            f"{path}: tracks must have a list of inputs, the number {_N_MAX} and the texts "
            f"{_SELECTION} and {_ASSOCIATION}; train again"
        )
    if not 0 < entry[_N_MAX] <= _MOST_TRACKS or len(entry["inputs"]) > MAX_UNITS:
        raise UserError(f"{path}: too many tracks, or inputs of each, or none; train again")
    for what in (_SELECTION, _ASSOCIATION):
        if found[what] and not found[what].isidentifier():
            raise UserError(f"{path}: {shown(repr(found[what]))} is no {what}; train again")
    inputs = [_read_input(path, i, TRACK_TRANSFORMS) for i in entry["inputs"]]
    _check_names(path, [i.name for i in inputs])
    for i in inputs:
        if not i.field.startswith(PREFIX):
            raise UserError(f"{path}: {shown(repr(i.field))} is no field of tracks; train again")
    return TrackVariables(tuple(inputs), found[_N_MAX], found[_SELECTION], found[_ASSOCIATION])


def _check_names(path: Path, names: Sequence[Any]) -> None:
    if not all(isinstance(name, str) and name for name in names):
        raise UserError(f"{path}: every input and output needs a name; train again")
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{path}: {shown(name)} is there twice; train again")


def _read_files(path: Path, entry: Any) -> Mapping[str, str]:
    if entry and (not isinstance(entry, dict) or set(entry) != {ARCHITECTURE, WEIGHTS}):
        raise UserError(f"{path}: files must be {ARCHITECTURE} and {WEIGHTS}; train again")
    return dict(entry)


def _read_input(path: Path, entry: Any, transforms: Collection[str]) -> Input:
    """Check one entry: lwtnn itself would take any nonsense."""
    if not isinstance(entry, dict):
        raise UserError(f"{path}: input {shown(repr(entry))} is not an object; train again")
    entry = {"source": "", **entry}
    where = f"{path}: input {shown(repr(entry.get('name')))}"
    for field in fields(Input):
        if field.name not in entry:
            raise UserError(f"{where} has no {field.name}; train again")
        # Annotations are strings here. A whole number is a fine float.
        types = {"str": (str,), "float": (float, int)}[str(field.type)]
        if type(entry[field.name]) not in types:
            found = shown(repr(entry[field.name]))
            raise UserError(f"{where}: {field.name} is {found}; train again")
    if entry["transform"] not in transforms:
        found = shown(repr(entry["transform"]))
        raise UserError(f"{where}: no transform {found}, but {', '.join(transforms)}")
    if not entry["scale"]:
        raise UserError(f"{where}: scale 0 makes all jets the same; train again")
    return Input(**{field.name: entry[field.name] for field in fields(Input)})
