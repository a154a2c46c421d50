"""Flavour tagging on a laptop: jets out of HDF5 files, plots of them, and a network."""

import os

__version__ = "0.1.0"

# The matrices of small networks are too small to be shared by threads, which would only wait for
# each other. NumPy's library looks here when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
