"""Open a derivation (DAOD), or say in one line why it cannot be opened."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dumpxaod.errors import CorruptDataError, UserError, shown
from dumpxaod.files.names import is_remote
from dumpxaod.files.root_file import check_root_file
from dumpxaod.rootio.column import Column

SYNTHETIC_KEY = "sample"  # of the string that describes a built-in sample


class Store(Protocol):
    """The events of a derivation, however they are stored: see `ttree` and `rntuple`.

    Attributes
    ----------
    has_checksums
        Whether damage would be noticed in everything that was read so far.
    """

    n_events: int
    has_checksums: bool

    def containers(self) -> set[str]:
        """Names of the containers, such as AnalysisJets."""

    def variables(self, container: str) -> set[str]:
        """Names of a container's variables, of any type."""

    def type_name(self, container: str, variable: str) -> str:
        """C++ type of a variable, as the file spells it."""

    def ranges(self) -> Iterator[tuple[int, int]]:
        """Ranges of events that are best read together: first, and last plus one."""

    def read(
        self,
        wanted: Sequence[tuple[str, str]],
        start: int,
        stop: int,
        *,
        nested: Collection[tuple[str, str]] = (),
    ) -> dict[tuple[str, str], Column]:
        """Read variables of a range of events.

        Parameters
        ----------
        wanted
            Container and name of each; the members of an element link are
            ``btaggingLink.m_persKey`` and ``btaggingLink.m_persIndex``.
        start, stop
            One of `ranges`, or its first part.
        nested
            Those that may be vectors of vectors.

        Raises
        ------
        UserError
            If another variable isn't one number per jet or event, or bytes are damaged.
        """


@dataclass(frozen=True)
class Daod:
    """An open derivation.

    Parameters
    ----------
    size
        In bytes.
    uuid
        Of the file, in its header.
    synthetic
        The description of a synthetic sample; empty for a real derivation.
    source
        uproot's source of bytes.
    """

    path: str
    size: int
    uuid: str
    synthetic: str
    store: Store
    source: Any

    @property
    def bytes_read(self) -> int:
        """Number of bytes fetched so far."""
        return int(self.source.num_requested_bytes)


@contextmanager
def errors_about(path: str) -> Iterator[None]:
    """Convert every exception while a file is read into a `UserError` that names the file."""
    try:
        yield
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except CorruptDataError as error:
        raise UserError(f"{path}: is damaged: {error}; fetch it again") from None
    except ImportError:
        raise
    except Exception as error:  # damage makes uproot raise exceptions of many kinds
        reason = (str(error).strip().splitlines() or [""])[0]
        raise UserError(
            f"{path}: cannot be read ({type(error).__name__}: {shown(reason)}); "
            "the file is probably damaged: fetch it again"
        ) from error


@contextmanager
def open_daod(path: str) -> Iterator[Daod]:
    """Open a derivation, TTree or RNTuple, by file name or address.

    Raises
    ------
    UserError
        If there is no such file, or it isn't a whole ROOT file with events of xAOD.
    """
    if not is_remote(path):
        check_root_file(Path(path))
    with errors_about(path):
        from dumpxaod.rootio import lazy_uproot  # noqa: F401 - before any other import of uproot
        from dumpxaod.rootio.branch_index import open_file

        gc.collect()  # uproot's trees, of MBs each, are reference cycles: free the previous file's
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
