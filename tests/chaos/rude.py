"""Clients with bad manners: raw sockets that drip, never end, lie about their length, shout or never read."""

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

PATH = "/api/webhooks/stripe"


def request(*headers: str, body: bytes = b"") -> bytes:
    """A delivery with exactly these headers."""
    return asked(f"POST {PATH}", "Content-Type: application/json", *headers) + body


def asked(what: str, *headers: str) -> bytes:
    """The head of any request, e.g. of "GET /healthz"."""
    return "\r\n".join((f"{what} HTTP/1.1", "Host: 127.0.0.1", *headers, "", "")).encode()


def ask(port: int, message: bytes, *, seconds: float = 15) -> int:
    """Send these bytes, reading all the while; the answer's status, 0 when there was none."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as link:
        sender = threading.Thread(target=_send, args=(link, message), daemon=True)
        sender.start()
        status = _status(link)
        with suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
        sender.join(seconds)
    return status


def _send(link: socket.socket, message: bytes) -> None:
    with suppress(OSError):
        link.sendall(message)


def _status(link: socket.socket) -> int:
    heard = b""
    with suppress(OSError):
        while b"\r\n" not in heard and (piece := link.recv(4096)):
            heard += piece
    return int(heard[9:12]) if heard.startswith(b"HTTP/1.") else 0


class Drippers:
    """A connection for each of these messages: what stands first comes at once, the rest a byte each second.

    `statuses`: what they heard; `took`: after how many seconds.
    """

    def __init__(self, port: int, messages: Sequence[tuple[bytes, bytes]]) -> None:
        self.statuses: list[int] = []
        self.took: list[float] = []
        self._port = port
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._drip, args=each) for each in messages]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._over.set()
        for each in self._threads:
            each.join(30)

    def _drip(self, at_once: bytes, rest: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self._port), timeout=20) as link, suppress(OSError):
            started = time.monotonic()
            link.sendall(at_once)
            link.settimeout(1)
            for byte in rest:
                if status := _status(link):
                    self.statuses.append(status)
                    self.took.append(time.monotonic() - started)
                if status or self._over.is_set():
                    return
                link.sendall(bytes([byte]))


class Deaf:
    """So many connections that ask for this and never read an answer."""

    def __init__(self, port: int, message: bytes, *, many: int) -> None:
        self._links = [narrow(port) for _ in range(many)]
        for each in self._links:
            each.sendall(message)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._links:
            each.close()

    def left(self) -> int:
        """How many of them the other side has given up: it takes nothing more."""
        return sum(map(_is_left, self._links))


def _is_left(link: socket.socket) -> bool:
    try:
        link.send(b" ")
    except OSError:
        return True
    return False


def narrow(port: int) -> socket.socket:
    """A connection over which the other side can send only little before it is read."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.settimeout(20)
    link.connect(("127.0.0.1", port))
    return link
