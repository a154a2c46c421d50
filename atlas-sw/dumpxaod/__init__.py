"""From ATLAS derivations (DAOD) to one flat HDF5 dataset of jets."""

__version__ = "0.1.0"
