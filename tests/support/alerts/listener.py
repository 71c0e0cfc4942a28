"""A chat tool on this machine that notes what it is posted."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """Answers `status` with `body` and keeps every JSON body it got."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.status, self.body, self.location = 200, b"ok", ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append(json.loads(sent))
                self.send_response(listener.status)
                if listener.location:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", str(len(listener.body)))
                self.end_headers()
                self.wfile.write(listener.body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def told(self) -> Counter[tuple[str, str]]:
        """How often it was told what of which kind of alert: ("opened", "beat_silent")."""
        return Counter((each["event"], each["kind"]) for each in self.heard)

    def start(self) -> str:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
