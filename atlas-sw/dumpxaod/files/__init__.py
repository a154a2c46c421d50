"""Which files are meant, and their bytes, here or far away."""
