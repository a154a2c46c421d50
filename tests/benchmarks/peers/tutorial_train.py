"""Training as the tutorial first did it: one epoch, batches of 32, rmsprop, every label kept.

`tutorial_train.py JETS MODEL.npz`
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from tutorial import LABEL, normalised, read

path, output = sys.argv[1:]
jets = read(path)
targets = np.stack([jets[LABEL] == label for label in (0, 4, 5)], axis=1).astype("f4")
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
model.compile(optimizer="rmsprop", loss="categorical_crossentropy")
model.fit(normalised(jets), targets, epochs=1, verbose=0)
kernel, bias = model.get_weights()
np.savez(output, kernel=kernel, bias=bias)
