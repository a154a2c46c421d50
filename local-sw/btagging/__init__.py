"""Flavour tagging on a laptop: jets out of HDF5 files, plots of them, and a network."""

__version__ = "0.1.0"
