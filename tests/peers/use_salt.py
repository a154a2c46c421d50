"""Train a small network on UPP's output with salt, for one epoch on the CPU, and evaluate it.

use_salt.py FOLDER
    FOLDER: where use_upp.py was before
"""

from __future__ import annotations

import sys
from pathlib import Path

from salt_training import LAYER, Training
from use_upp import INPUTS


def main() -> None:
    """Train a network that sees no tracks, as DL1 does."""
    first = {
        "input_name": "jets",
        "attach_global": False,
        "dense_config": {"hidden_layers": [32], "output_size": 32, **LAYER},
    }
    Training(
        Path(sys.argv[1]).resolve(),
        out="salt",
        network={"init_nets": [first]},
        width=32,
        inputs={"jets": list(INPUTS)},
        epochs=1,
    ).run()


if __name__ == "__main__":
    main()
