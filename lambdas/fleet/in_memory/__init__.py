"""The fleet's ports in memory, for tests and experiments without AWS."""
