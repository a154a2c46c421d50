"""A trained network in NumPy: Keras's files, read as data and checked."""
