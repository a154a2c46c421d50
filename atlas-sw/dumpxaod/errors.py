"""What goes wrong on the user's side, told in one line."""


class UserError(Exception):
    """A mistake in the input or the call: its text names what was found and what to do."""


class DamageError(Exception):
    """Bytes that contradict their checksum or their description; the text says how."""


class WorkError(UserError):
    """The work stopped for a reason that lies in none of the inputs."""
