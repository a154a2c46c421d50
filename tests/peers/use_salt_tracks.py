"""Train a small transformer on the tracks in UPP's output with salt, and evaluate it.

use_salt_tracks.py FOLDER
    FOLDER: where use_upp.py was before
"""

from __future__ import annotations

import sys
from pathlib import Path

from chosen_tracks import INPUTS
from salt_training import LAYER, Training

WIDTH = 32


def main() -> None:
    """Train GN2 as in salt's own tutorial.yaml, but smaller and without its auxiliary tasks."""
    first = {
        "input_name": "tracks",
        "dense_config": {"hidden_layers": [WIDTH], "output_size": WIDTH, **LAYER},
    }
    transformer = {
        "embed_dim": WIDTH,
        "num_layers": 2,
        "out_dim": WIDTH,
        "attn_type": "torch-math",
        "attn_kwargs": {"num_heads": 2},
        "dense_kwargs": {"gated": True, **LAYER},
        "num_registers": 8,
    }
    pooling = {"input_size": WIDTH}
    Training(
        Path(sys.argv[1]).resolve(),
        out="salt_tracks",
        network={
            "init_nets": [first],
            "encoder": {"class_path": "salt.models.Transformer", "init_args": transformer},
            "pool_net": {"class_path": "salt.models.GlobalAttentionPooling", "init_args": pooling},
        },
        width=WIDTH,
        inputs={"jets": ["pt_btagJes", "eta_btagJes"], "tracks": list(INPUTS)},
        epochs=4,
    ).run()


if __name__ == "__main__":
    main()
