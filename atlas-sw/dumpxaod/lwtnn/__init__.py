"""An lwtnn network in NumPy, and its file, of which everything is checked."""
