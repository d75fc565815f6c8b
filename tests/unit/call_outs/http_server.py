"""A destination on this machine: an HTTP server that answers as the test says."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    """What the destination was sent."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    """Port of the other side; a call of its own has its own."""


@dataclass
class DestinationServer:
    """Answers and remembers. ``answer`` is given the handler, which it uses to say what it wants."""

    answer: Callable[[BaseHTTPRequestHandler], None]
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: answers that hang wait for it."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"


def answers(status: int, body: bytes = b"", **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer every request alike; underscores of header names stand for hyphens."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def running(server: DestinationServer, tls: ssl.SSLContext | None = None) -> Iterator[DestinationServer]:
    """Run a destination on a free port for a block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            server.requests.append(Request(self.path, dict(self.headers.items()), body, self.client_address[1]))
            server.answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Keep quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True)
        server.scheme = "https"
        http.handle_error = lambda request, address: None  # type: ignore[method-assign]
    server.port = int(http.server_address[1])
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        http.shutdown()
        http.server_close()
        thread.join(timeout=5)
