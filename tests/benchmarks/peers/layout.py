"""Copy jets into another layout: `layout.py JETS OUTPUT CHUNK LEVEL`. Prints seconds of writing."""

import sys
import time

import h5py

source, output, chunk, level = sys.argv[1:]
with h5py.File(source) as file:
    rows = file["jets"][:]
start = time.perf_counter()
with h5py.File(output, "w") as file:
    options = {"compression": "gzip", "compression_opts": int(level)}
    dataset = file.create_dataset(
        "jets", rows.shape, rows.dtype, chunks=(int(chunk),), maxshape=(None,), **options
    )
    for first in range(0, len(rows), 2**16):
        dataset[first : first + 2**16] = rows[first : first + 2**16]
print(time.perf_counter() - start)
