"""One call over real HTTP: every way in which a provider can fail has a name and an end."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Protocol

import pytest

from integrations import http
from integrations.errors import InDoubt, ProviderError, Rejected, TryAgain
from integrations.http import Http, asked_wait


class OpenGate:
    """Lets everything through and counts."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def enter(self) -> None:
        self.seen.append("enter")

    def answered(self, status: int, wait: float | None = None) -> float | None:
        self.seen.append(status)
        return wait

    def failed(self) -> None:
        self.seen.append("failed")


class Serve(Protocol):
    def __call__(self, behave: Callable[[socket.socket], None], *, seconds: float = ...) -> Http: ...


@pytest.fixture
def gate() -> OpenGate:
    return OpenGate()


@pytest.fixture
def serve(gate: OpenGate) -> Iterator[Serve]:
    """A server whose every connection is one function, so that it can misbehave in any way."""
    listeners: list[socket.socket] = []

    def start(behave: Callable[[socket.socket], None], *, seconds: float = http.TOTAL_SECONDS) -> Http:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def loop() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(65_536)
                    with contextlib.suppress(OSError):
                        behave(client)

        threading.Thread(target=loop, daemon=True).start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        return Http(base, headers={"X-Key": "k"}, gate=gate, seconds=seconds)

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def answer(status: str, body: bytes, *headers: str) -> Callable[[socket.socket], None]:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return lambda client: client.sendall("\r\n".join(lines).encode() + body)


def error_of(api: Http, method: str = "POST") -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        api.request(method, "/people", params={"email": "ada@example.com"}, json={"email": "ada@example.com"})
    assert "@example" not in f"{caught.value!r} {caught.value} {caught.value.words} {caught.value.__cause__}"
    return caught.value


def test_an_answer_comes_back_with_its_data(serve: Serve, gate: OpenGate) -> None:
    reply = serve(answer("201 Created", b'{"id": 7}')).request("POST", "/people", json={})

    assert (reply.status, reply.data, reply.ok) == (201, {"id": 7}, True)
    assert gate.seen == ["enter", 201]


@pytest.mark.parametrize("status", ["204 No Content", "200 OK"])
def test_an_answer_without_a_body_is_fine(serve: Serve, status: str) -> None:
    assert serve(answer(status, b"")).request("DELETE", "/people").data is None


def test_a_refusal_is_for_the_connector_to_judge(serve: Serve) -> None:
    reply = serve(answer("404 Not Found", b"<html>no</html>")).request("GET", "/people")

    assert (reply.status, reply.data) == (404, None)


@pytest.mark.parametrize("code", ["500 Oops", "502 Bad Gateway", "503 Down", "504 Slow"])
def test_a_failure_of_theirs_is_tried_again(serve: Serve, gate: OpenGate, code: str) -> None:
    error = error_of(serve(answer(code, b"<html>")))

    assert isinstance(error, TryAgain)
    assert error.http_status == int(code[:3])
    assert gate.seen[-1] == "failed"


@pytest.mark.parametrize(
    ("status", "kind"),
    [("403 Forbidden", TryAgain), ("408 Request Timeout", InDoubt), ("425 Too Early", InDoubt)],
)
def test_a_page_of_something_on_the_way_is_no_word_of_the_provider(
    serve: Serve, gate: OpenGate, status: str, kind: type[ProviderError]
) -> None:
    page = serve(answer(status, b"<html>Attention Required!</html>"))

    assert type(error_of(page)) is kind
    assert type(error_of(page, "GET")) is TryAgain
    assert gate.seen == ["enter", "failed"] * 2


def test_a_403_in_the_providers_own_words_is_for_the_connector_to_judge(serve: Serve) -> None:
    reply = serve(answer("403 Forbidden", b'{"errors": ["no"]}')).request("GET", "/people")

    assert (reply.status, reply.data) == (403, {"errors": ["no"]})


def test_slow_down_without_json_is_understood(serve: Serve, gate: OpenGate) -> None:
    error = error_of(serve(answer("429 Too Many", b"Retry later")))

    assert (type(error), error.code, gate.seen[-1]) == (TryAgain, "rate_limited", 429)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7", 7.0), ("0", None), ("-1", None), ("soon", None), ("", None), ("99999", 300.0),
        ("Mon, 01 Jan 2024 00:00:00 -9999999999999", None), ("Mon, 01 Jan 0001 00:00:00 +2359", None),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None), ("Fri, 31 Dec 9999 23:59:59 -2359", 300.0),
    ],
)  # fmt: skip
def test_absurd_waits_are_not_kept(asked: str, seconds: float | None) -> None:
    assert asked_wait(asked) == seconds


def test_a_wait_may_be_a_date() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    assert asked_wait(format_datetime(now + timedelta(seconds=9), usegmt=True), now=now) == 9


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"id": ', b'"text"', b"\xff\xfe{", b"[" * 100_000, b"x" * 1_048_577]
)
def test_success_that_cannot_be_read_is_in_doubt(serve: Serve, body: bytes) -> None:
    assert isinstance(error_of(serve(answer("200 OK", body))), InDoubt)


def test_reading_is_never_in_doubt(serve: Serve) -> None:
    assert isinstance(error_of(serve(answer("200 OK", b"<html>")), "GET"), TryAgain)


def test_a_packed_bomb_is_not_unpacked(serve: Serve) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)

    assert isinstance(error_of(serve(answer("200 OK", bomb, "Content-Encoding: gzip"))), InDoubt)


def test_a_broken_connection_after_sending_is_in_doubt(serve: Serve, gate: OpenGate) -> None:
    assert isinstance(error_of(serve(lambda client: client.close())), InDoubt)
    assert gate.seen == ["enter", "failed"]


@pytest.mark.parametrize("place", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_never_followed(serve: Serve, place: str) -> None:
    asked: list[bytes] = []

    def elsewhere(client: socket.socket) -> None:
        asked.append(b"")

    other = serve(elsewhere)
    location = f"Location: {other._base}"

    error = error_of(serve(answer(place, b"", location)))

    assert (type(error), error.code, asked) == (Rejected, "redirected", [])


def test_nobody_listening_is_tried_again(gate: OpenGate) -> None:
    error = error_of(Http("http://127.0.0.1:9", headers={}, gate=gate))

    assert (type(error), error.code) == (TryAgain, "refused")


def test_an_unknown_host_is_tried_again(gate: OpenGate) -> None:
    error = error_of(Http("http://nowhere.invalid", headers={}, gate=gate))

    assert (type(error), error.code) == (TryAgain, "dns")


def test_wrong_encryption_has_its_own_code(serve: Serve) -> None:
    api = serve(answer("200 OK", b"{}"))
    api._base = api._base.replace("http://", "https://")

    assert error_of(api).code == "tls"


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"], ids=["head", "body"]
)
def test_a_dripping_answer_ends_in_total(serve: Serve, head: bytes) -> None:
    def drip(client: socket.socket) -> None:
        client.sendall(head)
        for _ in range(300):  # half a minute
            client.sendall(b"H")
            time.sleep(0.1)

    started = time.monotonic()
    error = error_of(serve(drip, seconds=1.0))

    assert (type(error), error.code) == (InDoubt, "timeout")
    assert time.monotonic() - started < 15


def test_connections_are_kept_open_between_calls(gate: OpenGate) -> None:
    peers = set()
    listener = socket.create_server(("127.0.0.1", 0))

    def loop() -> None:
        client, peer = listener.accept()
        with client:
            while client.recv(65_536):
                peers.add(peer)
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    threading.Thread(target=loop, daemon=True).start()
    api = Http(f"http://127.0.0.1:{listener.getsockname()[1]}", headers={}, gate=gate)
    with listener:
        for _ in range(3):
            assert api.request("GET", "/x").ok

    assert len(peers) == 1
