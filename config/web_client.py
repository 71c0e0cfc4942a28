"""A client's connection for which no thread waits: what is not taken at once is kept, to be sent later."""

import errno
import socket
from contextlib import suppress
from typing import Any

PATIENCE = 10.0  # seconds without any progress of an answer larger than we keep
MOST_KEPT = 1_048_576  # bytes; no page and no static file has so many, a large export has
PIECE = 65_536


class Client(socket.socket):
    """gunicorn asks its sockets to block before it gives them to a thread; this one does not.

    `untaken` is what was said and did not go out yet. The thread fills it, the worker's loop empties it. Only
    for an answer larger than `MOST_KEPT` the thread waits, while its client goes on reading.
    """

    def __init__(self, accepted: socket.socket, *, patience: float = PATIENCE) -> None:
        super().__init__(fileno=accepted.detach())
        super().setblocking(False)
        self.untaken = bytearray()
        self._patience = patience

    def setblocking(self, _flag: bool, /) -> None:
        """It never blocks."""

    def send(self, data: Any, _flags: int = 0, /) -> int:
        self.sendall(data)
        return len(data)

    def sendall(self, data: Any, _flags: int = 0, /) -> None:
        """Raises: OSError when the client is gone, or reads nothing of a large answer."""
        self.untaken += data
        self.push()
        while len(self.untaken) > MOST_KEPT:
            self._push_on()

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        file.seek(offset)
        return self.send(file.read(-1 if count is None else count))

    def push(self) -> None:
        """Send as much as the client takes now. Raises: OSError when it is gone."""
        with suppress(BlockingIOError):
            while self.untaken:
                self._send_piece()

    def close(self) -> None:
        self.untaken.clear()
        super().close()

    def _push_on(self) -> None:
        """Wait until the client takes some."""
        self.settimeout(self._patience)
        try:
            self._send_piece()
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "The client does not read.") from None  # told to no log
        finally:
            super().setblocking(False)

    def _send_piece(self) -> None:
        del self.untaken[: super().send(self.untaken[:PIECE])]
