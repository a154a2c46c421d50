"""The style of all pictures, and what would distract in a script that draws."""
