"""A PostgreSQL and a Valkey of our own, for a machine that has none."""
