"""Names of input files, and their bytes, on this machine or on a server."""
