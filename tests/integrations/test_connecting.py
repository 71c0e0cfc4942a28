"""Connecting: all addresses of a name share one short time, a deaf one hides no other, none is used late."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from integrations import http
from integrations.errors import TryAgain
from integrations.http import Http
from tests.integrations.test_http import OpenGate

DEAF = 4


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def deaf() -> Iterator[list[tuple[str, int]]]:
    """Addresses of this machine that accept nothing: their queues are full."""
    found = []
    with ExitStack() as stack:
        for number in range(1, DEAF + 1):
            listener = stack.enter_context(socket.socket())
            listener.bind((f"127.0.0.{number}", 0))
            listener.listen(0)
            for _ in range(3):
                caller = stack.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex(listener.getsockname())
            found.append(listener.getsockname())
        yield found


@pytest.fixture
def hello() -> Iterator[tuple[str, int]]:
    """An address of this machine that answers."""
    server = HTTPServer(("127.0.0.9", 0), _Hello)
    Thread(target=server.serve_forever, daemon=True).start()
    yield ("127.0.0.9", server.server_port)
    server.shutdown()
    server.server_close()


def resolves_to(addresses: list[tuple[str, int]], patch: pytest.MonkeyPatch, *, after: float = 0) -> None:
    """The name service says so of `api.example.com`, in so many seconds; an address already stays one."""
    real = socket.getaddrinfo

    def answer(host: str, *rest: object, **more: object) -> list[object]:
        if host == "api.example.com":
            time.sleep(after)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in addresses]
        port = next((each[1] for each in addresses if each[0] == host), rest[0])
        return list(real(host, port, *rest[1:], **more))  # type: ignore[arg-type]

    patch.setattr(socket, "getaddrinfo", answer)


def test_all_addresses_of_a_name_share_one_time_for_connecting(
    deaf: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to(deaf, monkeypatch)
    monkeypatch.setattr(http, "CONNECT_SECONDS", 2.0)
    began = time.monotonic()

    with pytest.raises(TryAgain) as caught:
        Http("http://api.example.com", headers={}, gate=OpenGate()).request("POST", "/x")

    assert caught.value.code == "connect_timeout"
    assert 1.9 <= time.monotonic() - began < 2 * DEAF  # if each of them had it to itself


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    deaf: list[tuple[str, int]], hello: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to([*deaf[:2], hello], monkeypatch)
    monkeypatch.setattr(http, "CONNECT_SECONDS", 6.0)

    answer = Http("http://api.example.com", headers={}, gate=OpenGate()).request("GET", "/x")

    assert answer.status == 200


def test_a_name_that_is_found_late_leaves_all_the_time_for_connecting(
    hello: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system asks its second name server after 5 s of the first one's silence."""
    resolves_to([hello], monkeypatch, after=0.6)
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.5)

    answer = Http("http://api.example.com", headers={}, gate=OpenGate()).request("GET", "/x")

    assert answer.status == 200


def test_a_name_that_is_found_after_the_calls_time_is_not_called_at_all(
    hello: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolves_to([hello], monkeypatch, after=0.6)

    with pytest.raises(TryAgain) as caught:
        Http("http://api.example.com", headers={}, gate=OpenGate(), seconds=0.5).request("POST", "/x")

    assert caught.value.code == "dns"


def test_who_wakes_after_the_calls_time_sends_nothing_more() -> None:
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def loop() -> None:
        client, _ = listener.accept()
        with client:
            while said := client.recv(65_536):
                heard.append(said)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def stopped_for_a_while() -> Iterator[str]:
        time.sleep(0.6)
        yield "late"

    server = Thread(target=loop, daemon=True)
    server.start()
    with listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert Http(base, headers={}, gate=OpenGate()).request("GET", "/x").ok  # it is kept open
        with pytest.raises(TryAgain):
            Http(base, headers={}, gate=OpenGate(), seconds=0.5).request(
                "GET", "/x", params={"was": stopped_for_a_while()}
            )
        server.join(10)

    assert not server.is_alive()
    assert b"late" not in b"".join(heard)
