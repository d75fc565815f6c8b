"""The ports in memory, for tests and experiments without AWS."""
