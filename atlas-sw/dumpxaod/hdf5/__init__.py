"""The HDF5 file that is written."""
