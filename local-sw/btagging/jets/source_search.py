"""Find the sources of a virtual dataset where HDF5 looks for them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from btagging.errors import UserError, shown

_LOOKED_AHEAD = 100  # numbers after the last one of numbered sources


def find_source(path: Path, name: str) -> Path | None:
    """Find the HDF5 file of a source, by its name in the virtual dataset in the file `path`.

    The order is that of `H5F_prefix_open_file` in HDF5's H5Fint.c.
    """
    import h5py

    beside = Path(os.path.abspath(path)).parent  # noqa: PTH100 - links stay links
    relative = Path(name).name if Path(name).is_absolute() else name
    prefixes = os.environ.get("HDF5_VDS_PREFIX", "")
    tried = [Path(name)] if Path(name).is_absolute() else []
    tried += [Path(prefix) / relative for prefix in prefixes.split(":") if prefix]
    if prefixes.startswith("${ORIGIN}"):
        tried.append(Path(f"{beside}/{prefixes.removeprefix('${ORIGIN}')}") / relative)
    tried += [beside / relative, Path(relative), path.resolve().parent / relative]
    return next((p for p in tried if p.is_file() and h5py.is_hdf5(p)), None)


def with_number(name: str, number: int) -> str:
    """Write the number of a source into its name, as HDF5 does: for `%b`; `%%` is one %."""
    return re.sub("%([b%])", lambda found: str(number) if found[1] == "b" else "%", name)


def check_last(path: Path, name: str, n_sources: int) -> None:
    """Check that numbered sources end: HDF5 stops at the first that is missing.

    Raises
    ------
    UserError
        If there is one after the `n_sources` that HDF5 finds.
    """
    for number in range(n_sources + 1, n_sources + _LOOKED_AHEAD):
        if "%b" in name and find_source(path, with_number(name, number)):
            gone, there = (shown(with_number(name, n)) for n in (n_sources, number))
            raise UserError(
                f"{path}: virtual dataset whose source {gone} is gone, but not {there}; put it back"
            )
