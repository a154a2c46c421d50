"""Score jets in one way, several times, and print the least nanoseconds per jet.

`predict.py WAY JETS MODEL` with WAY "numpy" (ours), "onnx" or the batch size of Keras's predict.
With a network on tracks it prints the nanoseconds per track.
"""

import os
import sys
import time
from pathlib import Path

# The second is what btagging chooses if NumPy was not there before.
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "OPENBLAS_NUM_THREADS": "1"}
sys.path.insert(0, str(Path(__file__).parents[3] / "local-sw"))
import numpy as np
from btagging import inputs
from btagging.jets.stream import open_jets
from btagging.network import network

way, path, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
trained = network.load(folder / "architecture.json", folder / "nn.weights.h5")
batches = list(open_jets([path]).batches(trained.fields))
discriminant, on_tracks = trained.discriminant(), trained.tracks
prepared = [inputs.prepare(trained.inputs, b).astype("f4") for b in batches]
tracks = [on_tracks.variables.padded(b) for b in batches] if on_tracks else []
n = sum(valid.sum() for _, valid in tracks) if on_tracks else sum(map(len, prepared))
x = {name: np.concatenate(parts) for name, parts in zip(
    ("jets", "tracks", "valid"), (prepared, *zip(*tracks, strict=True)), strict=False
)}  # fmt: skip

if way == "numpy":  # as the plotting scripts do, with the preparation of the inputs
    works = [lambda: [discriminant.compute(batch) for batch in batches]] * 5
elif way == "onnx":  # in our own batches
    import onnxruntime
    from btagging.export.onnx import as_onnx

    session = onnxruntime.InferenceSession(as_onnx(trained).SerializeToString())
    names = [i.name for i in session.get_inputs()]
    feeds = [
        dict(zip(names, (jets, values, valid[..., 0] > 0), strict=True))
        for jets, (values, valid) in zip(prepared, tracks, strict=True)
    ]
    works = [lambda: [session.run(["scores"], feed) for feed in feeds]] * 5
else:
    import keras

    model = keras.models.model_from_json((folder / "architecture.json").read_text())
    model.load_weights(folder / "nn.weights.h5")
    x = x if on_tracks else x["jets"]
    model.predict(keras.tree.map_structure(lambda values: values[:100], x), verbose=0)
    works = [lambda: model.predict(x, batch_size=int(way), verbose=0)]
times = []
for work in works:
    start = time.perf_counter()
    work()
    times.append(time.perf_counter() - start)
print(min(times) / n * 1e9)
