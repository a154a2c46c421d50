#!/usr/bin/env python3
"""Write a model with the Keras that is installed, and its scores, for `test_export.py`.

Run once with each Keras whose files must stay readable, in an environment of its own:

    pip install keras==3.3.3 jax==0.4.30 jaxlib==0.4.30 packaging h5py
    KERAS_BACKEND=jax python3 tests/make_keras_fixture.py

    pip install tensorflow-cpu==2.15.1
    python3 tests/make_keras_fixture.py

It makes `tests/fixtures/keras-<version>`.
"""

import json
from pathlib import Path

import keras
import numpy as np
from networks import VARIABLES

IS_KERAS_2 = keras.__version__.startswith("2.")


def build() -> keras.Model:
    """Build a functional model with a layer of each sort."""
    layers = keras.layers
    first = x = keras.Input((2,))
    normalisation = layers.Normalization()
    normalisation.adapt(np.array([[-1.0, 2.0], [0.0, 4.0], [2.0, 5.0]]))
    for layer in (
        *([normalisation] if IS_KERAS_2 else []),
        layers.Dense(4, activation="silu"),
        layers.BatchNormalization(),
        layers.Dropout(0.2),
        layers.LeakyReLU(0.1),
        layers.Dense(4, activation="elu" if IS_KERAS_2 else "hard_sigmoid"),
        layers.Dense(3, activation="softmax"),
    ):
        x = layer(x)
    return keras.Model(first, x)


def main() -> None:
    """Fill in numbers of chance, and save all."""
    rng = np.random.default_rng(1)
    model = build()
    for layer in model.layers:
        for weights in () if isinstance(layer, keras.layers.Normalization) else layer.weights:
            values = rng.normal(0, 1, weights.shape)
            weights.assign(np.abs(values) if "variance" in weights.name else values)
    folder = Path(__file__).parent / "fixtures" / f"keras-{keras.__version__}"
    folder.mkdir(exist_ok=True)
    model.save_weights(folder / "nn.weights.h5")
    if IS_KERAS_2:
        model.save(folder / "model.keras")
    rnnip = rng.normal(0, 4, 10).astype(np.float32)
    significance = rng.exponential(8, 10).astype(np.float32)
    # What VARIABLES say, once more and by hand.
    x = np.stack([(rnnip + 1.0) * 0.5, (np.log1p(significance) - 0.5) * 2], axis=1)
    scores = model.predict(x.astype(np.float32), verbose=0).tolist()
    content = {
        "architecture": json.loads(model.to_json()),
        "variables": VARIABLES,
        "scores": {
            "rnnip_log_ratio": rnnip.tolist(),
            "jf_sig": significance.tolist(),
            "scores": scores,
        },
    }
    for name, values in content.items():
        (folder / f"{name}.json").write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main()
