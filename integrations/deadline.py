"""One total deadline for a whole HTTP call: connecting, waiting, and a body that drips."""

import io
import socket
import threading
import time
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

_current = threading.local()


def start(seconds: float) -> None:
    """From now on, reads of this thread's calls end after so many seconds altogether."""
    _current.ends_at = time.monotonic() + seconds


def left() -> float:
    """Seconds until the deadline; raises TimeoutError when there are none."""
    seconds: float = getattr(_current, "ends_at", time.monotonic() + 15) - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("total time-out")
    return seconds


class _Reader(io.RawIOBase):
    """Every read gets only what is left of the whole; a time-out per read would let a drip run for ever."""

    def __init__(self, sock: socket.socket, raw: Any) -> None:
        super().__init__()
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(left())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Socket:
    """The real socket, but what is read from it keeps the deadline, and nothing is sent after it.

    So a process that was stopped in mid-call and wakes late does not make the call after all.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendall(self, data: Any) -> None:
        left()
        self._sock.sendall(data)

    def makefile(self, _mode: str = "rb", *_ignored: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._sock.makefile("rb", buffering=0)))


class _OneDeadline(HTTPConnection):
    """All addresses of a name share the time for connecting; by itself each of them would get all of it."""

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        whole = self.timeout if isinstance(self.timeout, int | float) else left()
        addresses = _addresses(self)  # takes its time from the call, not from connecting
        ends_at = time.monotonic() + min(whole, left())
        problem: Exception = ConnectTimeoutError(self, "No time was left for connecting.")
        try:
            for number, address in enumerate(addresses):
                rest = ends_at - time.monotonic()
                if rest <= 0:
                    break
                # So much that those after it get as much.
                self._dns_host, self.timeout = address, rest / (len(addresses) - number)
                try:
                    sock = super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    problem = error
                else:
                    sock.settimeout(whole)
                    return sock
        finally:
            self._dns_host, self.timeout = name, whole
        raise problem


def _addresses(connection: HTTPConnection) -> list[str]:
    """Each address of the connection's name, in the system's order."""
    try:
        found = socket.getaddrinfo(connection._dns_host.strip("[]"), connection.port, 0, socket.SOCK_STREAM)
        left()  # a lookup cannot be cut short
    except (socket.gaierror, TimeoutError) as error:
        reason = socket.gaierror(socket.EAI_AGAIN, str(error))
        raise NameResolutionError(connection.host, connection, reason) from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class _PlainConnection(_OneDeadline):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _Socket(self.sock)


class _SecureConnection(_OneDeadline, HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        self.sock: Any = _Socket(self.sock)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class DeadlineAdapter(HTTPAdapter):
    """A requests adapter whose connections keep the deadline; it never retries by itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
