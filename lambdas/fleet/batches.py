"""Names the batches of a deployment, the same for whoever plans them and whoever reads them."""

from collections.abc import Iterator

FIRST_BATCH = 1


def install_batch_key(deployment_id: str, ring: str, number: int) -> str:
    """Key of the agent of a batch that brings a release."""
    return f"{deployment_id}/{ring}/{number}"


def install_batch_keys(deployment_id: str, ring: str, batches: int) -> Iterator[str]:
    """Keys of all batches that bring the release to a ring."""
    return (install_batch_key(deployment_id, ring, FIRST_BATCH + place) for place in range(batches))


def rollback_batch_key(deployment_id: str, ring: str, number: int) -> str:
    """Key of the agent of a batch that takes a release away."""
    return f"{deployment_id}/{ring}/rollback/{number}"
