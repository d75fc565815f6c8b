"""The kinds of agents that operators may read; a test holds them against the registry."""

AGENT_KINDS = ("device", "batch", "ring_analyst", "deployment", "task_scheduler", "task")
