"""Posting to a real HTTP server on this machine."""

import ssl
import time
import tomllib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lambdas.actors.call_outs import Answer, Answered, NotSent, Unreached
from lambdas.actors.outbox import ExternalCall
from lambdas.actors.ports import PortUnavailableError
from lambdas.aws.urllib3_destinations import SAID_BYTES, USER_AGENT, Urllib3Destinations
from lambdas.settings.destinations import Destination
from tests.unit.aws.scripted_client import refused
from tests.unit.call_outs.http_server import DestinationServer, answers, running

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CALL = ExternalCall("hook", '{"é":1}', "device/d-1/7/1")


def secret(arn: str) -> str:
    return f"text of {arn}"


def post(server: DestinationServer, call: ExternalCall = CALL, seconds: float = 10.0) -> Answer:
    destinations = Urllib3Destinations({"hook": Destination(server.url)}, secret, lambda: NOON, seconds)
    (answer,) = destinations.post([call])
    return answer


def test_a_call_is_posted_as_json_under_its_key():
    with running(DestinationServer(answers(204))) as server:
        assert post(server) == Answered(204)

    (request,) = server.requests
    assert (request.path, request.body) == ("/hook", '{"é":1}'.encode())
    assert request.headers["Idempotency-Key"] == "device/d-1/7/1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == USER_AGENT


def test_the_user_agent_has_the_version_of_the_project():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]

    assert f"ringtree/{project['version']}" == USER_AGENT


def test_a_secret_travels_in_the_header_of_its_destination():
    with running(DestinationServer(answers(200))) as server:
        destinations = {"hook": Destination(server.url, "Authorization", "arn:of:secret")}
        assert Urllib3Destinations(destinations, secret, lambda: NOON).post([CALL]) == [Answered(200)]

    assert server.requests[0].headers["Authorization"] == "text of arn:of:secret"


def test_without_its_secret_a_call_does_not_leave():
    def no_secret(arn: str) -> str:
        raise PortUnavailableError("Secrets Manager is away")

    def not_ours(arn: str) -> str:
        raise refused("AccessDeniedException")

    with running(DestinationServer(answers(200))) as server:
        destinations = {"hook": Destination(server.url, "Authorization", "arn")}
        (away,) = Urllib3Destinations(destinations, no_secret, lambda: NOON).post([CALL])
        (denied,) = Urllib3Destinations(destinations, not_ours, lambda: NOON).post([CALL])
        (broken,) = Urllib3Destinations(destinations, lambda arn: "two\nlines", lambda: NOON).post([CALL])

    assert away == NotSent("its secret cannot be read: Secrets Manager is away")
    assert isinstance(denied, NotSent)
    assert "AccessDeniedException" in denied.reason
    assert isinstance(broken, NotSent)
    assert "two" not in broken.reason
    assert not server.requests


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", 120 * SECOND),
        ("0", 0 * SECOND),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90 * SECOND),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0 * SECOND),
        ("soon", None),
        ("-5", None),
        ("9" * 400, 10**9 * SECOND),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(header: str, wait: timedelta | None):
    with running(DestinationServer(answers(503, Retry_After=header))) as server:
        assert post(server) == Answered(503, wait)


def test_redirects_are_not_followed():
    with running(DestinationServer(answers(307, Location="/elsewhere"))) as server:
        assert post(server) == Answered(307)

    assert [request.path for request in server.requests] == ["/hook"]


def test_only_the_beginning_of_an_answer_is_kept():
    with running(DestinationServer(answers(400, b"no  such\norder " + b"x" * 100_000))) as server:
        answer = post(server)

    assert isinstance(answer, Answered)
    assert answer.said.startswith("no such order xxx")
    assert len(answer.said) <= SAID_BYTES


def test_a_destination_that_is_not_there_is_unreached():
    with running(DestinationServer(answers(200))) as server:
        pass

    answer = post(server)

    assert isinstance(answer, Unreached)
    assert "refused" in answer.reason


def test_a_destination_that_speaks_something_else_is_unreached():
    def gibberish(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
        handler.close_connection = True

    with running(DestinationServer(gibberish)) as server:
        assert isinstance(post(server), Unreached)


def test_a_destination_that_breaks_off_before_the_status_is_unreached():
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True

    with running(DestinationServer(hang_up)) as server:
        assert isinstance(post(server), Unreached)


def test_a_destination_that_breaks_off_after_the_status_has_answered():
    def break_off(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\nhalf")
        handler.close_connection = True

    with running(DestinationServer(break_off)) as server:
        answer = post(server)

    assert isinstance(answer, Answered)
    assert answer.status == 201


def test_a_slow_destination_is_given_up_and_holds_up_no_other():
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 2")
        handler.wfile.flush()
        server.ended.wait(10)
        handler.close_connection = True

    with running(DestinationServer(drip)) as server, running(DestinationServer(answers(200))) as quick:
        destinations = Urllib3Destinations(
            {"slow": Destination(server.url), "quick": Destination(quick.url)}, secret, lambda: NOON, call_seconds=0.5
        )
        began = time.monotonic()
        slow, fast = destinations.post([ExternalCall("slow", "{}", "k-1"), ExternalCall("quick", "{}", "k-2")])

    assert slow == Unreached("did not answer within 0.5 s")
    assert fast == Answered(200)
    assert time.monotonic() - began < 5


def test_no_connection_is_used_twice():
    with running(DestinationServer(answers(204))) as server:
        destinations = Urllib3Destinations({"hook": Destination(server.url)}, secret, lambda: NOON)
        found = [answer for _ in range(20) for answer in destinations.post([CALL] * 4)]

    assert set(found) == {Answered(204)}
    assert len({request.connection for request in server.requests}) == 80


def test_calls_of_a_batch_leave_at_once():
    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        answers(200)(handler)

    with running(DestinationServer(slow)) as server:
        destinations = Urllib3Destinations({"hook": Destination(server.url)}, secret, lambda: NOON)
        began = time.monotonic()
        found = destinations.post([ExternalCall("hook", "{}", f"k-{number}") for number in range(10)])

    assert found == [Answered(200)] * 10
    assert time.monotonic() - began < 2.0


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path):
    with running(DestinationServer(answers(200)), self_signed(tmp_path)) as server:
        answer = post(server)

    assert isinstance(answer, Unreached)
    assert "CERTIFICATE_VERIFY_FAILED" in answer.reason
    assert not server.requests


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "destination")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
