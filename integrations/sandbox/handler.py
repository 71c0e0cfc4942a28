"""From bytes on a socket to a provider's answer, with the fault that applies, noted in the journal."""

import json
import socket
import struct
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from integrations.sandbox import page
from integrations.sandbox.faults import Fault
from integrations.sandbox.journal import Call
from integrations.sandbox.provider import Provider
from integrations.sandbox.routing import Answer, Json, Request
from integrations.sandbox.world import Sandbox

DRIP_SECONDS = 5.0


def handler_for(sandbox: Sandbox) -> type[BaseHTTPRequestHandler]:
    """The handler class that http.server wants, bound to one sandbox."""
    return cast("type[BaseHTTPRequestHandler]", type("BoundHandler", (Handler,), {"sandbox": sandbox}))


class Handler(BaseHTTPRequestHandler):
    sandbox: Sandbox
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_any(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        for provider in self.sandbox.providers:
            if url.path.startswith(provider.prefix):
                request = Request(
                    provider=provider.name,
                    method=self.command,
                    path=url.path.removeprefix(provider.prefix),
                    query=parse_qs(url.query, keep_blank_values=True),
                    body=_parsed(raw, self.headers.get("Content-Type", "")),
                    headers=self.headers,
                )
                self._serve(provider, request)
                return
        query, form = parse_qs(url.query), parse_qs(raw.decode("utf-8", "replace"))
        visit = page.Visit(method=self.command, path=url.path, query=query, form=form, headers=self.headers)
        self._send(page.answer(self.sandbox, visit))

    def _serve(self, provider: Provider, request: Request) -> None:
        at, wall = time.monotonic(), time.time()
        route = provider.route_of(request)
        name = str(route) if route else ""
        fault = self.sandbox.faults.take(request, route=name, email=provider.whose(request))
        if fault and fault.delay:
            time.sleep(fault.delay)
        answer = Answer(0)
        if fault is None or not fault.answers or fault.after_effect:
            answer = provider.answer(request, route=route)
        effect = answer.effect
        if fault and fault.answers:
            answer = _faulty(provider, fault)
        # Noted before it is sent, so that whoever reads the answer finds the call in the journal.
        call = Call(
            at=at, wall=wall, provider=provider.name, method=request.method, path=request.path, route=name,
            status=answer.status, effect=effect, duration=time.monotonic() - at,
            query=_flat(request.query), body=request.body,
        )  # fmt: skip
        self.sandbox.journal.record(call)
        if effect:
            self.sandbox.autosave()
        self._send(answer, drip=bool(fault and fault.drip))

    def _send(self, answer: Answer, *, drip: bool = False) -> None:
        if answer.status == 0:
            self._reset()
            return
        payload, content_type = _rendered(answer)
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(payload)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if drip:
            _each_byte(payload, self.wfile.write)
        else:
            self.wfile.write(payload)

    def _reset(self) -> None:
        """Break the connection with a TCP reset, so that the caller cannot take it for an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ValueError):
            self.close_connection = True  # the caller went away, or we reset it

    def finish(self) -> None:
        try:
            super().finish()
        except (ConnectionError, ValueError):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Silent: the journal has it all, and an access log would hold addresses."""


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    setattr(Handler, f"do_{_method}", Handler.do_any)  # the names that http.server looks for


def _parsed(raw: bytes, content_type: str) -> Json:
    if "form-urlencoded" in content_type:
        return {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _flat(query: Any) -> Json:
    return {name: values[0] if len(values) == 1 else values for name, values in query.items()}


def _faulty(provider: Provider, fault: Fault) -> Answer:
    if fault.reset:
        return Answer(0)
    answer = provider.refusal(fault.status or 200)
    body = answer.body if fault.body is None else fault.body
    return Answer(answer.status, body, headers={**answer.headers, **(fault.headers or {})})


def _rendered(answer: Answer) -> tuple[bytes, str]:
    if answer.body is None:
        return b"", "text/plain"
    if isinstance(answer.body, str):
        kind = "text/html" if answer.body.lstrip().startswith("<") else "text/plain"
        return answer.body.encode(), f"{kind}; charset=utf-8"
    return json.dumps(answer.body).encode(), "application/json; charset=utf-8"


def _each_byte(payload: bytes, write: Callable[[bytes], Any]) -> None:
    for index in range(len(payload)):
        write(payload[index : index + 1])
        time.sleep(DRIP_SECONDS)
