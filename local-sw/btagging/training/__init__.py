"""Which jets are trained on, in which order; what Keras needs, and what is saved."""
