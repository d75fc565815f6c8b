"""What agents were told and became: their committed versions, and each of them rebuilt."""

from lambdas.api.journal_reading import journal_page, rebuilt_version
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.views.agent_journal import JournalPageView, RebuildView, VersionAsked
from lambdas.api.views.fields import Cursor, Limit

router = OperatorRouter()

TAGS = ["agents"]


@router.get("/v1/agents/<kind>/.+/journal", tags=TAGS, summary="List an agent's versions")
def get_journal(kind: str, limit: Limit = 100, cursor: Cursor = None) -> JournalPageView:
    """Page through the committed versions of an agent, newest first; the newest take some seconds to be listed."""
    return journal_page(router.ports, router.agent(kind, "journal"), limit, cursor)


@router.get("/v1/agents/<kind>/.+/rebuild", tags=TAGS, summary="Rebuild a version of an agent")
def get_rebuild(kind: str, version: VersionAsked) -> RebuildView:
    """Run the agent's reactions again over what was recorded, and compare the state with the one committed."""
    return rebuilt_version(router.ports, router.agent(kind, "rebuild"), version)
