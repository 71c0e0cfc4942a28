"""Senders with bad manners: raw sockets that drip, never end, lie about their length or shout."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

PATH = "/api/webhooks/stripe"


def request(*headers: str, body: bytes = b"") -> bytes:
    """A delivery with exactly these headers."""
    lines = (f"POST {PATH} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *headers, "", "")
    return "\r\n".join(lines).encode() + body


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
    """So many connections, each sending one byte a second of a request that never ends.

    Every other one drips its head, the others a body whose head came at once. `statuses`: what they heard.
    """

    def __init__(self, port: int, *, many: int) -> None:
        self.statuses: list[int] = []
        self._port = port
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._drip, args=(number,)) for number in range(many)]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._over.set()
        for each in self._threads:
            each.join(30)

    def _drip(self, number: int) -> None:
        whole = request("Content-Length: 5000", "Stripe-Signature: t=1,v1=00", body=b"x" * 5000)
        at_once = whole.index(b"\r\n\r\n") + 4 if number % 2 else 4
        with socket.create_connection(("127.0.0.1", self._port), timeout=20) as link, suppress(OSError):
            link.sendall(whole[:at_once])
            for byte in whole[at_once:]:
                if self._over.wait(1.0):
                    return
                link.sendall(bytes([byte]))
                if status := _heard(link):
                    self.statuses.append(status)
                    return


def _heard(link: socket.socket) -> int:
    link.setblocking(False)
    try:
        return _status(link)
    finally:
        link.settimeout(20)
