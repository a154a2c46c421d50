"""Many files at a time: their parts, and the processes that make them."""
