"""The sandbox as an HTTP server on 127.0.0.1."""

import threading
from http.server import ThreadingHTTPServer

from integrations.sandbox.handler import handler_for
from integrations.sandbox.world import Sandbox


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class SandboxServer:
    """start() returns the address; providers are below it at /stripe, /circle and /kit."""

    def __init__(self, sandbox: Sandbox, port: int = 0) -> None:
        self.sandbox = sandbox
        self._server = _Server(("127.0.0.1", port), handler_for(sandbox))
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> str:
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True
        )
        self._thread.start()
        return self.url

    def stop(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
