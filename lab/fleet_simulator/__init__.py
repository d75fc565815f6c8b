"""Simulated devices: the real client library over the real HTTP API, with vitals and installs in memory."""
