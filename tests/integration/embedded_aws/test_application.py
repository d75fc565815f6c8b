import io
import stat
from typing import Any

from rich.console import Console

from lab.embedded_aws.application import deploy_application
from lab.embedded_aws.connection import EmbeddedConnection
from lab.embedded_aws.progress import Progress


def test_the_deployed_app_answers_operators_who_carry_the_token(ringtree: Any) -> None:
    assert ringtree.operator.get("/v1/rings").status_code == 200
    assert ringtree.operator.get("/v1/rings", headers={"Authorization": "Bearer wrong"}).status_code == 403


def test_where_to_reach_the_app_is_written_for_its_owner_only(ringtree: Any) -> None:
    path = ringtree.aws.state.connection

    assert EmbeddedConnection.read(path) == ringtree.connection
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ringtree.stack_output("AgentsTable") in ringtree.aws.client("dynamodb").list_tables()["TableNames"]


def test_what_is_deployed_already_is_not_deployed_again(ringtree: Any) -> None:
    said = io.StringIO()
    deploy_application(ringtree.aws, Progress.silent())

    deploy_application(ringtree.aws, Progress(Console(file=said, width=200)))

    assert said.getvalue() == "The app is deployed already: its code has not changed.\n"
