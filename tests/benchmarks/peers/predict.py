"""Score jets in one way, several times, and print the least nanoseconds a jet.

`predict.py WAY JETS MODEL` with WAY "numpy" (ours) or the batch size of Keras's predict.
"""

import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, str(Path(__file__).parents[3] / "local-sw"))
from btagging import inputs
from btagging.jets.stream import open_jets
from btagging.network import network

way, path, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
trained = network.load(folder / "architecture.json", folder / "nn.weights.h5")
batches = list(open_jets([path]).batches(trained.fields))
n_jets = sum(len(batch[trained.fields[0]]) for batch in batches)
discriminant = trained.discriminant()
if way == "numpy":  # as the plotting scripts do, with the preparation of the inputs
    works = [lambda: [discriminant.compute(batch) for batch in batches]] * 5
else:
    import keras
    import numpy as np

    prepared = np.concatenate([inputs.prepare(trained.inputs, b) for b in batches]).astype("f4")
    model = keras.models.model_from_json((folder / "architecture.json").read_text())
    model.load_weights(folder / "nn.weights.h5")
    model.predict(prepared[:100], verbose=0)
    works = [lambda: model.predict(prepared, batch_size=int(way), verbose=0)]
times = []
for work in works:
    start = time.perf_counter()
    work()
    times.append(time.perf_counter() - start)
print(min(times) / n_jets * 1e9)
