"""Claims in memory."""

from collections.abc import Collection, Mapping

from lambdas.actors.claims import Claim


class InMemoryClaimStore:
    """A ClaimStore whose contents live as long as the process."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        """By digest; a test may alter or remove what is kept."""

    def put(self, contents: Mapping[Claim, bytes]) -> None:
        """Keep contents."""
        for claim, content in contents.items():
            self.contents[claim.sha256] = content

    def get(self, claims: Collection[Claim]) -> Mapping[Claim, bytes]:
        """Fetch what is kept."""
        return {claim: self.contents[claim.sha256] for claim in claims if claim.sha256 in self.contents}
