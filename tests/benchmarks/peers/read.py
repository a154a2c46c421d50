"""Read jets as the plotting scripts do, and do nothing else: `read.py JETS`. Prints seconds."""

import sys
import time
from collections import deque
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "local-sw"))
from btagging.jets.stream import open_jets

start = time.perf_counter()
jets = open_jets([Path(sys.argv[1])])
deque(jets.batches(jets.fields), maxlen=0)
print(time.perf_counter() - start)
