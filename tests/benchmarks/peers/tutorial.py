"""What the tutorial's first way and scikit-learn's share: all jets in memory, and the pictures."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

LABEL = "HadronConeExclExtendedTruthLabelID"


def read(path: str) -> NDArray[Any]:
    """Read all jets."""
    with h5py.File(path) as file:
        return np.asarray(file["jets"])


def normalised(jets: NDArray[Any]) -> NDArray[Any]:
    """Give the tutorial's two inputs mean 0 and width 1; what is unknown becomes 0."""
    columns = []
    for x in (jets["rnnip_log_ratio"], np.log1p(jets["jf_sig"])):
        finite = x[np.isfinite(x)].astype("f8")
        columns.append(np.where(np.isfinite(x), (x - finite.mean()) / finite.std(), 0))
    return np.stack(columns, axis=1).astype("f4")


def save(figure: Any, folder: str, name: str) -> None:
    """Save a picture in both formats."""
    for ending in "pdf", "png":
        Path(folder).mkdir(exist_ok=True)
        figure.savefig(Path(folder) / f"{name}.{ending}")
