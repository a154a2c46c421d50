"""Sort the words of a command line that argparse cannot tell apart: field names and files."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from dumpxaod.errors import UserError
from dumpxaod.files.names import LIST, is_remote
from dumpxaod.options import TRACKS_PER_JET
from dumpxaod.xaod import names


def with_number_of_tracks(words: Sequence[str]) -> list[str]:
    """Add the default number after a bare --tracks, which would take the next file for it."""
    given = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        has_number = word != "--tracks" or following.lstrip("-").isdecimal()
        given.append(word if has_number else f"--tracks={TRACKS_PER_JET}")
    return given


def split_off_files(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate the names after --variables from the files that may follow them.

    A field's name is an identifier or a variable's full name, and several may be joined by commas.
    """
    fields, files = [], []
    for word in words:
        parts = [part.strip() for part in word.rstrip(", ").split(",")]
        if all(part.isidentifier() for part in parts) or _has_full_name(word):
            fields += [names.check(part) for part in parts]
        else:
            files.append(word)
    return fields, files


def require_files(words: Sequence[str]) -> None:
    """Raise a `UserError` for a word that is neither a field's name nor looks like a file."""
    for word in words:
        is_given = word.startswith(LIST) or is_remote(word) or glob.has_magic(word)
        if not (is_given or ".root" in word or _exists(word)):
            raise UserError(
                f"{word}: there is no such file, and it is not a field's name: such a name has "
                "letters, digits and _, or is a variable's full name, as in AnalysisJetsAuxDyn.pt"
            )


def _has_full_name(word: str) -> bool:
    parts = [part.strip() for part in word.rstrip(", ").split(",")]
    known = all(part.isidentifier() or names.split(part) for part in parts)
    return known and ".root" not in word and not _exists(word)


def _exists(word: str) -> bool:
    try:
        return Path(word).exists()
    except (OSError, ValueError):  # too long, or with a NUL
        return False
