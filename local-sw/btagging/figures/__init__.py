"""The style of all pictures, and the drawing that would distract in a script."""
