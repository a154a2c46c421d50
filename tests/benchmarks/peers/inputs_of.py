"""The tutorial's two inputs, normalised, whole arrays at a time."""

import numpy as np


def normalised(jets: np.ndarray) -> np.ndarray:
    """Give both mean 0 and width 1; what is unknown becomes 0."""
    columns = []
    for x in (jets["rnnip_log_ratio"], np.log1p(jets["jf_sig"])):
        finite = x[np.isfinite(x)].astype("f8")
        columns.append(np.where(np.isfinite(x), (x - finite.mean()) / finite.std(), 0))
    return np.stack(columns, axis=1).astype("f4")
