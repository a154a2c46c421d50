"""The discriminants of probabilities: a signal against a mixture of backgrounds.

D_b = log(p_b / (f_c p_c + f_tau p_tau + (1 - f_c - f_tau) p_u)), and D_c likewise with f_b.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from btagging.errors import UserError
from btagging.flavours import LIGHT, B, C, Flavour

# What the collaboration uses for D_b: f_c, and f_tau where the tagger knows taus. DL1r, DL1d:
# Eur. Phys. J. C 83 (2023) 681; GN1: ATL-PHYS-PUB-2022-027; GN2: arXiv:2505.19689.
_FRACTIONS = {
    r"DL1r.*|DL1dv.*": {"c": 0.018},
    r"GN1.*": {"c": 0.05},
    r"GN2.*": {"c": 0.2, "tau": 0.01},
}
_F_B = 0.2  # of D_c: what puma takes if nothing else is said


@dataclass(frozen=True)
class RatioOptions:
    """The signal, and the fractions of its backgrounds.

    Parameters
    ----------
    signal
        B or C.
    fractions
        Requested fractions of the background, by "b", "c" and "tau"; the others are the tagger's.
    epsilon
        Added to numerator and denominator, so that jets without any probability get 0, not NaN.
    """

    signal: Flavour = B
    fractions: Mapping[str, float] | None = None
    epsilon: float = 0.0

    def of_tagger(self, tagger: str, known: Collection[str]) -> Ratio:
        """Choose the discriminant of a tagger with the probabilities `known`, as in "u", "c", "b".

        Raises
        ------
        UserError
            If a fraction was requested without a probability.
        """
        usual = next((f for name, f in _FRACTIONS.items() if re.fullmatch(name, tagger)), {})
        usual = {"b": _F_B} if self.signal is C else dict(usual)
        asked = dict(self.fractions or {})
        background = {"tau", "b" if self.signal is C else "c"}
        wanted = {name: f for name, f in (usual | asked).items() if f and name in background}
        for name in wanted.keys() & asked.keys():
            if name not in known:
                raise UserError(f"{tagger} has no probability p_{name}; leave out --f{name}")
        return Ratio(
            self.signal, {name: f for name, f in wanted.items() if name in known}, self.epsilon
        )


USUAL = RatioOptions()
"""The fractions that the collaboration uses for each tagger."""

LIGHT_ONLY = RatioOptions(fractions={"c": 0.0, "tau": 0.0})
"""No fractions: log(p_b / p_u)."""


@dataclass(frozen=True)
class Ratio:
    """The logarithm of a signal's probability over that of a mixture of backgrounds.

    Parameters
    ----------
    signal
        B or C.
    fractions
        Of all backgrounds but light jets, which have the rest.
    epsilon
        Added to both.
    """

    signal: Flavour
    fractions: Mapping[str, float]
    epsilon: float = 0.0

    @property
    def flavours(self) -> tuple[str, ...]:
        """The probabilities that are needed, as in "b" for p_b; the signal is the first."""
        return (self.signal.output[1:], *self.fractions, LIGHT.output[1:])

    @property
    def shares(self) -> tuple[float, ...]:
        """The fractions of the backgrounds, in the order of `flavours`."""
        return (*self.fractions.values(), 1 - sum(self.fractions.values()))

    @property
    def name(self) -> str:
        """The suffix of the discriminant's name."""
        return f"D{self.signal.output[1:]}" if self.fractions else "log_ratio"

    @property
    def words(self) -> str:
        """For a legend, after the tagger's title; empty for log(p_b/p_u)."""
        if not self.fractions:
            return "" if self.signal is B else " log(p_c/p_u)"
        shares = ", ".join(f"f_{name} = {f:g}" for name, f in self.fractions.items())
        return f" D_{self.signal.output[1:]} ({shares})"

    @property
    def mathtext(self) -> str:
        """For the label of an axis."""
        signal = self.signal.output[1:]
        if not self.fractions:
            return rf"  $\log(p_{signal}/p_u)$"
        greek = {"tau": r"\tau"}
        shares = r",\ ".join(
            rf"f_{greek.get(name, name)} = {f:g}" for name, f in self.fractions.items()
        )
        return rf"  $D_{signal}\ \ ({shares})$"

    def compute(self, probabilities: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Compute it in double precision, of shape (n_jets,).

        NaN where signal and background are 0 (the tagger has no answer) unless there is an epsilon,
        ±inf where one is. NaN also outside of 0 to 1: some taggers write -1 for no answer.

        Parameters
        ----------
        probabilities
            By the names in `flavours`, each of shape (n_jets,).
        """
        signal, *others = (probabilities[name].astype(np.float64) for name in self.flavours)
        background = sum(f * p for f, p in zip(self.shares, others, strict=True))
        with np.errstate(divide="ignore", invalid="ignore"):
            odds = (signal + self.epsilon) / (background + self.epsilon)
            ratio: NDArray[np.float64] = np.log(odds)
        for p in (signal, *others):
            ratio[(p < 0) | (p > 1)] = np.nan
        return ratio


PLAIN = Ratio(B, {})
"""log(p_b / p_u)."""


def log_of_sum(shares: Sequence[float], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute log(sum of share x exp(log)) of each row without overflow.

    Parameters
    ----------
    shares
        Above 0, one per column.
    logs
        Of shape (n_jets, len(shares)).
    """
    if len(shares) == 1:
        return logs[:, 0]
    largest = logs.max(axis=1)
    return largest + np.log(np.exp(logs - largest[:, np.newaxis]) @ np.asarray(shares))
