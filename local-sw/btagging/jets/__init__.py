"""A stream of read-only batches of jets out of HDF5 files."""
