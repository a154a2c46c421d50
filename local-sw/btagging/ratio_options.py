"""The options for the signal, and for the fractions of its backgrounds."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from btagging.ratios import RatioOptions

_FRACTIONS = {"fc": "c", "ftau": "tau", "fb": "b"}


def add_ratio_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of D_b and D_c, for taggers with probabilities and for networks."""
    add = parser.add_argument_group("discriminants of probabilities").add_argument
    add(
        "--signal",
        choices=("b", "c"),
        default="b",
        help="D_b = log(p_b / (f_c p_c + f_tau p_tau + (1 - f_c - f_tau) p_u)), or D_c with f_b "
        "[%(default)s]",
    )
    for name, flavour in _FRACTIONS.items():
        others = {"fb": "0.2"}.get(name, "the collaboration's value for the tagger, else 0")
        add(f"--{name}", type=float, metavar="F", help=f"f_{flavour} [{others}]")
    add(
        "--epsilon",
        type=float,
        default=0.0,
        metavar="E",
        help="added to numerator and denominator, as puma does with 1e-10: jets without any "
        "probability then have the value 0 [%(default)g: they have none]",
    )


def chosen_ratio(parser: argparse.ArgumentParser, args: argparse.Namespace) -> RatioOptions:
    """Check the options, and end the program if they are wrong."""
    given = {name: getattr(args, name) for name in _FRACTIONS if getattr(args, name) is not None}
    for name, fraction in given.items():
        if not 0 <= fraction <= 1:
            parser.error(f"argument --{name}: {fraction:g} is not between 0 and 1")
    mistaken = "fb" if args.signal == "b" else "fc"
    if mistaken in given:
        parser.error(f"argument --{mistaken}: D_{args.signal} has no f_{_FRACTIONS[mistaken]}")
    if sum(given.values()) > 1:
        parser.error("the fractions of the backgrounds add up to more than 1")
    if not 0 <= args.epsilon < 1:
        parser.error(f"argument --epsilon: {args.epsilon:g} is not between 0 and 1")
    from btagging.flavours import B, C  # these need NumPy, which is slow
    from btagging.ratios import RatioOptions

    fractions = {_FRACTIONS[name]: fraction for name, fraction in given.items()}
    return RatioOptions({"b": B, "c": C}[args.signal], fractions, args.epsilon)
