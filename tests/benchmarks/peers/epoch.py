"""One epoch of train_tracks.py: as it is, or from arrays of all jets in memory.

`epoch.py WAY JETS BATCH` with WAY "ours" or "arrays". Prints the processor time of Keras's
`fit` in seconds: ours reads the jets meanwhile, the arrays are made before. The evaluation of the
held-out jets, which salt_epoch.py does not have, is not counted.
"""

import os
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, str(Path(__file__).parents[3] / "local-sw"))
import numpy as np
import train_tracks
from btagging.training.keras_import import import_keras
from btagging.training.schedule import Schedule

PLACES = 40
way, path, batch = sys.argv[1:]
keras, seconds = import_keras(), []


def whole(batches):
    """Put all batches together, with the same number of places for the tracks of each jet."""
    parts = [batches[i] for i in range(len(batches))]
    return keras.tree.map_structure(lambda *arrays: np.concatenate([*map(dumped, arrays)]), *parts)


def dumped(array):
    """Give jets all places that they have in the file, if it is an array of tracks."""
    if array.ndim < 3:
        return array
    found = array[:, :PLACES]
    return np.pad(found, [(0, 0), (0, PLACES - found.shape[1]), (0, 0)])


def timed(model, jets, fit=keras.Model.fit, **options):
    """Train."""
    if way == "arrays":
        options |= {"batch_size": int(batch), "shuffle": True}
        options["validation_data"] = whole(options["validation_data"])
        jets, options["y"] = whole(jets)
    start = time.process_time()
    found = fit(model, jets, **options)
    seconds.append(time.process_time() - start)
    return found


def uncounted(*arguments, evaluate=keras.Model.evaluate, **options):
    """Evaluate."""
    start = time.process_time()
    found = evaluate(*arguments, **options)
    seconds.append(start - time.process_time())
    return found


keras.Model.fit, keras.Model.evaluate = timed, uncounted
Schedule.batch_size = lambda *_: int(batch)
train_tracks.main([path, "-e", "1", "-o", "model-epoch"])
print(sum(seconds))
