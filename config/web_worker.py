"""gunicorn's thread worker, except that a slow client holds no thread.

The stock worker gives a connection a thread at its first byte and closes it in the one loop that accepts
connections: a few senders of a byte per second stop it. Here that loop gathers each request without waiting,
a thread is taken when the whole of it has arrived, and a closing connection is watched by the loop too. The
thread reads nothing from the client, and what the client does not take of its answer at once the loop sends.
"""

import re
import socket
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.web_client import PIECE, Client

SECONDS = 10.0  # for one whole request
TAKING_SECONDS = 30.0  # for what a client has not yet taken of an answer when it is complete
PARTING_SECONDS = 2.0  # for a sender to read our answer while it still sends
LARGEST_HEAD = 65_536  # bytes
LARGEST_BODY = 1_100_000  # bytes; what declares more is refused unread (`config.middleware.NothingHuge`)
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*(\d*)[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_ASKS = re.compile(rb"\r\nexpect:[ \t]*100-continue", re.IGNORECASE)


def missing(received: bytes | bytearray) -> int | None:
    """How many bytes are still to come: 0 when whole, 1 while the head is incomplete.

    None: no use to wait. Too large or chunked is refused by its head alone, an endless head by the worker.
    """
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return 1 if len(received) < LARGEST_HEAD else None
    if _CHUNKED.search(received, 0, end + 2):
        return None
    declared = _LENGTH.search(received, 0, end + 2)
    digits = declared[1] if declared else b""
    if len(digits) > 7 or int(digits or 0) > LARGEST_BODY:
        return None
    return max(0, end + 4 + int(digits or 0) - len(received))


class GatheringWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Waiting connections are in `pending_conns`, those that take an answer slowly in `taking`, closing ones
    in `parting`, the soonest over first.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taking: deque[Any] = deque()
        self.parting: deque[Any] = deque()

    def accept(self, listener: Any) -> None:
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):  # another process was faster, or the client left
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, Client(sock), client, listener.getsockname())
        conn.parser = get_parser(self.cfg, (), client)  # it reads what was gathered and then meets the end
        conn.initialized = True
        self._gather(conn)

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """The next request on a connection that was kept open."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._gather(conn)

    def enqueue_req(self, conn: Any) -> None:
        """Called by the stock worker for what came behind a request; it may be only a beginning."""
        self._gather(conn, conn.parser.unreader.take_buffered())

    def on_pending_socket_readable(self, conn: Any, client: Any) -> None:
        """More of a request."""
        try:
            piece = client.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        conn.received += piece
        if not piece or not missing(conn.received):
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self._hand_over(conn)
        elif not conn.encouraged and _ASKS.search(conn.received):
            conn.encouraged = True
            _say(client, GO_ON)

    def _gather(self, conn: Any, received: bytes = b"") -> None:
        conn.received, conn.encouraged = bytearray(received), False
        if received and not missing(received):
            self._hand_over(conn)
            return
        conn.timeout = time.monotonic() + SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _hand_over(self, conn: Any) -> None:
        if len(conn.received) >= LARGEST_HEAD and b"\r\n\r\n" not in conn.received:
            _say(conn.sock, TOO_LONG)
            self._part(conn)
            return
        conn.whole = missing(conn.received) == 0
        conn.data_ready = True
        conn.parser.unreader.unread(bytes(conn.received))
        conn.received.clear()
        super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """The rest of a refused body is waited for by nobody, and the answer says so."""
        if not conn.whole:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        if conn.sock.untaken:
            conn.timeout = time.monotonic() + TAKING_SECONDS
            self.taking.append(conn)
            self.poller.register(conn.sock, EVENT_WRITE, partial(self._send_on, conn, fs))
        elif fs.cancelled() or fs.exception() or not fs.result():
            self._part(conn)
        else:
            super().finish_request(conn, fs)

    def _send_on(self, conn: Any, fs: "Future[Any]", client: Client) -> None:
        """More of an answer; the next request of this client is looked at when it has all of it."""
        try:
            client.push()
        except OSError:
            client.untaken.clear()  # nobody is there to take it
        if not client.untaken:
            self.poller.unregister(client)
            self.taking.remove(conn)
            self.finish_request(conn, fs)

    def _part(self, conn: Any) -> None:
        """Close our side; read on for a moment, or the sender would see a reset in place of our answer."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(conn)
            return
        conn.timeout = time.monotonic() + PARTING_SECONDS
        self.parting.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._discard, conn))

    def _discard(self, conn: Any, client: Any) -> None:
        try:
            if client.recv(PIECE):
                return
        except BlockingIOError:
            return  # woken for nothing
        except OSError:
            pass  # reset by the sender: just as gone
        self.poller.unregister(client)
        self.parting.remove(conn)
        self._end(conn)

    def _end(self, conn: Any) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Called by the stock loop each time round."""
        now = time.monotonic()
        for overdue in (self.taking, self.parting):
            while overdue and overdue[0].timeout <= now:
                conn = overdue.popleft()
                self.poller.unregister(conn.sock)
                self._end(conn)
        while self.pending_conns and self.pending_conns[0].timeout <= now:
            conn = self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            if conn.received:
                _say(conn.sock, TOO_SLOW)
            self._part(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker stops: nobody new is waited for longer than this."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


def _say(sock: socket.socket, words: bytes) -> None:
    with suppress(OSError):
        sock.send(words)
