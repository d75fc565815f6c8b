"""Shards of the list of a kind's agents, so that a large kind does not meet in one partition of the index."""

from zlib import crc32

from lambdas.actors.actor_id import ActorId

SHARDS_OF_A_KIND = 8


def kind_shard(agent: ActorId) -> str:
    """Name the shard an agent is listed in, for example ``device#03``."""
    return _name(agent.kind, crc32(agent.key.encode()) % SHARDS_OF_A_KIND)


def kind_shards(kind: str) -> tuple[str, ...]:
    """Name all shards of a kind."""
    return tuple(_name(kind, number) for number in range(SHARDS_OF_A_KIND))


def _name(kind: str, number: int) -> str:
    return f"{kind}#{number:02}"
