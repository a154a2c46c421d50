"""Every HDF5 field: its name, its unit and how it is computed; which ones are written."""
