"""An lwtnn network in NumPy; its file, read with suspicion."""
