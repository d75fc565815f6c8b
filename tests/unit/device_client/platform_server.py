"""The platform double behind a real socket, for clients that are processes of their own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from tests.unit.device_client.platform_double import Answer


class Platform(Protocol):
    """A platform double, of one device or of many."""

    artifact_base_url: str

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer: ...


class PlatformServer:
    """Serves on loopback; downloads can be slowed, so that a client can be killed in the middle of one."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.pause_between_chunks_seconds = 0.0
        self.bytes_sent = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        platform.artifact_base_url = self.url

    @contextmanager
    def serving(self) -> Iterator["PlatformServer"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Let the double answer and send it, slowly if told so."""
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        with self._lock:
            answer = self.platform.handle(request.command, request.path, headers, body)
        request.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            request.send_header(name, value)
        request.end_headers()
        for start in range(0, len(answer.body), 4096):
            request.wfile.write(answer.body[start : start + 4096])
            if request.path.startswith("/archives/") and self.pause_between_chunks_seconds:
                request.wfile.flush()
                self.bytes_sent += 4096
                time.sleep(self.pause_between_chunks_seconds)
        request.wfile.flush()
        request.close_connection = answer.breaks_off


def _handler_of(server: PlatformServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other's acknowledgement

        def do_GET(self) -> None:
            try:
                server.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client was killed, as the test wants it

        do_POST = do_GET  # noqa: N815 - the name http.server asks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
            """Tests print nothing."""

    return Handler
