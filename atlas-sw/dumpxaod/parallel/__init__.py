"""Many files at a time: a part for each file, and the processes that write the parts."""
