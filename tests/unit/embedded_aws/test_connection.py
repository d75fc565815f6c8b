import stat
from pathlib import Path

from lab.embedded_aws.connection import EmbeddedConnection

_CONNECTION = EmbeddedConnection(
    operator_url="http://127.0.0.1:4566/_aws/execute-api/a1/$default",
    device_url="http://127.0.0.1:4566/_aws/execute-api/b2/$default",
    operator_token="operator-token",
    enrolment_token="enrolment-token",
    aws_endpoint_url="http://127.0.0.1:4566",
    region="us-east-1",
    deployment_machine_arn="arn:aws:states:us-east-1:000000000000:stateMachine:deployment",
    port=4566,
    pid=7,
    outputs={"AgentsTable": "agents-1"},
)


def test_what_is_written_is_read_back_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "embedded.json"
    path.write_text("what an earlier run wrote, readable by all")

    _CONNECTION.write(path)

    assert EmbeddedConnection.read(path) == _CONNECTION
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["embedded.json"]


def test_a_file_of_another_version_is_no_connection(tmp_path: Path) -> None:
    path = tmp_path / "embedded.json"
    assert EmbeddedConnection.read(path) is None

    path.write_text('{"operator_url": "http://127.0.0.1:4566"}')

    assert EmbeddedConnection.read(path) is None
