"""The built-in sample: synthetic ttbar laid out as a DAOD."""

EVENTS = 30_000
SEED = 410470
