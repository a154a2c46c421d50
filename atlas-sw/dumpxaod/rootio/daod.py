"""Open a derivation (DAOD), and say in one line why if that fails."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dumpxaod.errors import CorruptDataError, UserError, shown
from dumpxaod.files.names import is_remote, require_files
from dumpxaod.rootio.column import Column

SYNTHETIC_KEY = "sample"  # under which a built-in sample says what it is


class Store(Protocol):
    """How the events of a derivation are stored: see `ttree` and `rntuple`.

    Attributes
    ----------
    n_events
        How many events there are.
    has_checksums
        Whether damage would be noticed in all that was read up to now.
    """

    n_events: int
    has_checksums: bool

    def containers(self) -> set[str]:
        """Names of the containers."""

    def variables(self, container: str) -> set[str]:
        """Names of a container's variables."""

    def type_name(self, container: str, variable: str) -> str:
        """C++ type of a variable, as the file spells it."""

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Ranges of events that are best read together."""

    def read(
        self,
        wanted: Sequence[tuple[str, str]],
        start: int,
        stop: int,
        *,
        nested: Collection[tuple[str, str]] = (),
    ) -> dict[tuple[str, str], Column]:
        """Read variables of a range of events."""


@dataclass(frozen=True)
class Daod:
    """An open derivation.

    Parameters
    ----------
    path
        File name or address.
    size
        In bytes.
    uuid
        That the file was given when it was written.
    synthetic
        What a synthetic sample says of itself; empty for a real derivation.
    store
        Its events.
    source
        uproot's source of its bytes.
    """

    path: str
    size: int
    uuid: str
    synthetic: str
    store: Store
    source: Any

    @property
    def bytes_read(self) -> int:
        """How many bytes were fetched up to now."""
        return int(self.source.num_requested_bytes)


@contextmanager
def errors_about(path: str) -> Iterator[None]:
    """Turn whatever goes wrong while a file is read into a `UserError` that names it.

    Parameters
    ----------
    path
        The file that is being read.
    """
    try:
        yield
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except CorruptDataError as error:
        raise UserError(f"{path}: is damaged: {error}; fetch it again") from None
    except ImportError:
        raise
    except Exception as error:  # uproot falls over damage in as many ways as there are
        reason = (str(error).strip().splitlines() or [""])[0]
        raise UserError(
            f"{path}: cannot be read ({type(error).__name__}: {shown(reason)}); "
            "the file is probably damaged: fetch it again"
        ) from error


@contextmanager
def open_daod(path: str) -> Iterator[Daod]:
    """Open a derivation, TTree or RNTuple.

    Parameters
    ----------
    path
        File name or address.

    Raises
    ------
    UserError
        If there is no such file, or it isn't a whole ROOT file with events of xAOD.
    """
    if not is_remote(path):
        _check_local(Path(path))
    with errors_about(path):
        from dumpxaod.rootio import lazy_uproot as light_uproot  # noqa: F401 - before any other import of uproot
        from dumpxaod.rootio.branch_index import open_file

        gc.collect()  # uproot's trees, of MBs each, refer to themselves: let go of the one before
        file = open_file(path)
    with file:
        with errors_about(path):
            daod = _daod(path, file)
        yield daod


def _daod(path: str, file: Any) -> Daod:
    names = set(file.keys(recursive=False, cycle=False))
    size = int(file.file.source.num_bytes)
    if size < file.file.fEND:
        raise UserError(f"is truncated: {size} of {file.file.fEND} bytes; fetch it again")
    synthetic = str(file[SYNTHETIC_KEY]) if SYNTHETIC_KEY in names else ""
    source = file.file.source
    return Daod(path, size, str(file.file.uuid), synthetic, _store(file, names), source)


def _store(file: Any, names: set[str]) -> Store:
    from dumpxaod.rootio.rntuple import NTUPLE_NAME, RNTupleStore
    from dumpxaod.rootio.ttree import TREE_NAME, TTreeStore

    if NTUPLE_NAME in names:
        return RNTupleStore(file)
    if TREE_NAME in names:
        return TTreeStore(file)
    found = ", ".join(sorted(names)[:5]) or "nothing"
    raise UserError(
        f"has neither a TTree {TREE_NAME} nor an RNTuple {NTUPLE_NAME} (found: {found}); "
        "is it a DAOD?"
    )


def _check_local(path: Path) -> None:
    """Look at the first bytes of a local file: uproot's own words on them are obscure."""
    require_files([str(path)])
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(512)
    except OSError as error:
        raise UserError(f"{path}: cannot be opened ({error.strerror})") from None
    if size == 0:
        raise UserError(f"{path}: is empty; fetch it again")
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise UserError(
            f"{path}: is an HTML page, not a ROOT file; the download met a login or error page"
        )
    if not start.startswith(b"root"):
        raise UserError(f"{path}: is not a ROOT file (it starts with {start[:8]!r})")
    _check_whole(path, size, start)


def _check_whole(path: Path, size: int, start: bytes) -> None:
    """Compare a file's size with the one in its header (ROOT's io/doc/TFile/header.md)."""
    version = int.from_bytes(start[4:8], "big")
    end = int.from_bytes(start[12:20] if version >= 1_000_000 else start[12:16], "big")
    if size < max(end, 64):
        raise UserError(f"{path}: is truncated: {size} of {max(end, 64)} bytes; fetch it again")
