"""Messages that agents could not handle."""

from aws_lambda_powertools.event_handler.api_gateway import Response

from lambdas.api.letter_decisions import drop_letter, replay_letter
from lambdas.api.letter_reading import letter_summary, letter_view, read_letter
from lambdas.api.operator_router import OperatorRouter
from lambdas.api.views.dead_letters import (
    DecisionRequest,
    LetterPageView,
    LetterState,
    LetterView,
    OptionalAgent,
)
from lambdas.api.views.fields import Cursor, Limit

router = OperatorRouter()

TAGS = ["dead letters"]


@router.get("/v1/dead-letters", tags=TAGS, summary="List dead letters")
def list_letters(agent: OptionalAgent = None, limit: Limit = 100, cursor: Cursor = None) -> LetterPageView:
    """Page through open letters: of one agent in the order they are to be handled, of all the newest first."""
    page = router.ports.letters.list(agent, limit, cursor)
    return LetterPageView(letters=[letter_summary(one) for one in page.letters], cursor=page.cursor)


@router.get("/v1/dead-letters/<address>", tags=TAGS, summary="Get a dead letter")
def get_letter(address: str) -> LetterView:
    """Show a letter with its messages and what was decided on it; lists say its address."""
    ports = router.ports
    return letter_view(ports, read_letter(ports, address))


@router.post("/v1/dead-letters/<address>/replay", tags=TAGS, summary="Replay a dead letter")
def post_replay(address: str, request: DecisionRequest) -> LetterView:
    """Send a parked letter to its agent again, once however often this is asked. Its answer goes to nobody."""
    ports = router.ports
    return letter_view(ports, replay_letter(ports, address, request.reason, router.principal))


@router.post("/v1/dead-letters/<address>/drop", tags=TAGS, summary="Drop a dead letter")
def post_drop(address: str, request: DecisionRequest) -> Response[LetterView]:
    """Give a letter up. A held one is its agent's to leave out: 202 while the agent has not said so."""
    ports = router.ports
    letter = letter_view(ports, drop_letter(ports, address, request.reason, router.principal))
    status = 202 if letter.status is LetterState.OPEN else 200
    return Response(status, content_type="application/json", body=letter)
