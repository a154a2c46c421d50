"""The event data model: jets, and the links between objects."""
