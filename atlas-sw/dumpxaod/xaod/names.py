"""Names of variables: the bare name, or the full name in the event data."""

from __future__ import annotations

import re

from dumpxaod.errors import UserError, shown

MAX_NAME = 200  # characters

# As ROOT shows it: AnalysisJetsAuxDyn.mass in a TTree, AnalysisJetsAuxDyn:mass in an RNTuple.
_FULL_NAME = re.compile(r"(\w+?)Aux(?:Dyn)?[.:](.+)", re.DOTALL)
_NEVER = set("/\\,.")  # in a variable's name: they separate paths or names


def split(name: str) -> tuple[str, str] | None:
    """Split a full name into container and variable; None for any other name."""
    match = _FULL_NAME.fullmatch(name)
    return (match[1], match[2]) if match else None


def check(name: str) -> str:
    """Return the name of a field if it is valid.

    Raises
    ------
    UserError
        If it is too long, or has characters that readers of the output would misunderstand.
    """
    full = split(name)
    is_plain = full is not None and name.isprintable() and not _NEVER & set(full[1])
    if len(name) > MAX_NAME or not (is_plain or name.isidentifier()):
        raise UserError(
            f"{shown(name)}: is not a field's name; such a name has letters, digits and _, or is a "
            "variable's full name, as in AnalysisJetsAuxDyn.pt, printable and without / \\ , or "
            f"a second dot; at most {MAX_NAME} characters"
        )
    return name
