"""A small platform on loopback that answers what a test says and remembers what it was asked."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ringtree_cli.main import main
from ringtree_cli.platform_address import TOKEN_VARIABLE, URL_VARIABLE


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class ScriptedPlatform:
    """Gives its answers in turn, the last one again and again."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    _answers: dict[tuple[str, str], list[tuple[int, object]]] = field(default_factory=lambda: defaultdict(list))

    def answers(self, method: str, path: str, document: object, status: int = 200) -> None:
        self._answers[method, path].append((status, document))

    def asked(self, method: str, path: str) -> list[Request]:
        return [one for one in self.requests if (one.method, one.path.partition("?")[0]) == (method, path)]

    def reply_to(self, request: Request) -> tuple[int, object]:
        self.requests.append(request)
        script = self._answers.get((request.method, request.path.partition("?")[0]))
        if not script:
            return 404, {"error": {"code": "not_found", "message": f"no answer for {request.method} {request.path}"}}
        return script.pop(0) if len(script) > 1 else script[0]


@pytest.fixture
def platform() -> Iterator[ScriptedPlatform]:
    scripted = ScriptedPlatform()

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, document = scripted.reply_to(Request(self.command, self.path, dict(self.headers), body))
            content = document.encode() if isinstance(document, str) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = _reply  # noqa: N815  the names http.server looks for

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    yield scripted
    server.shutdown()
    server.server_close()


Outcome = tuple[int, str, str]


@pytest.fixture
def ringtree(
    platform: ScriptedPlatform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Runs the command line against the platform; gives exit code, stdout and stderr."""
    monkeypatch.setenv(URL_VARIABLE, platform.url)
    monkeypatch.setenv(TOKEN_VARIABLE, "operator-token")
    monkeypatch.setattr("ringtree_cli.platform_connection.BACKOFF_SECONDS", (0.0, 0.0))

    def call(*arguments: str) -> Outcome:
        code = main(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def device_document(device_id: str = "d-1", **changes: object) -> dict[str, object]:
    return {
        "device_id": device_id,
        "details": {"name": "Till 1", "manufacturer": "", "model": "", "os_name": "", "site": "", "department": ""},
        "ring": "canary",
        "is_simulated": False,
        "has_client": True,
        "is_online": True,
        "running_release": "1.0.0",
        "last_good_release": "1.0.0",
        "deployment": None,
        "vitals": {"cpu_percent": 12, "memory_percent": 40.5, "disk_percent": 70, "crash_count": 0},
        "last_seen": "2026-01-02T03:04:05Z",
        **changes,
    }


def ring_document(ring: str = "canary", **changes: object) -> dict[str, object]:
    return {
        "ring": ring,
        "status": "running",
        "devices": 4,
        "batches": 2,
        "outcomes": {"done": 2, "failed": 0, "rolled_back": 0, "silent": 0, "deferred": 0, "cancelled": 0},
        "finding": None,
        "started_at": "2026-01-02T03:04:05Z",
        "ended_at": None,
        **changes,
    }


def deployment_document(status: str = "running", **changes: object) -> dict[str, object]:
    return {
        "deployment_id": "go-1",
        "release": "1.1.0",
        "mode": "rollout",
        "status": status,
        "reason": None,
        "rings": [ring_document()],
        "created_at": "2026-01-02T03:04:00Z",
        "ended_at": None,
        **changes,
    }
