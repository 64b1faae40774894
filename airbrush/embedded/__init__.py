"""A PostgreSQL and a Valkey of our own, for a machine that has none."""


class ServerFailed(RuntimeError):
    """A server did not do what it was asked; the message says what it answered."""
