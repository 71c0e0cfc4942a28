"""Ctrl-C, termination and a closed terminal, turned into one orderly end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """The first signal ends the main thread with SystemExit; a second one only asks for more haste."""

    def __init__(self) -> None:
        self.received: list[int] = []
        self._holding = 0
        for each in ENDINGS:
            signal.signal(each, self._handle)

    @property
    def hurry(self) -> bool:
        """Somebody asked twice."""
        return len(self.received) > 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a step whole, such as starting a server: a signal ends us after it, not in its middle."""
        before = len(self.received)
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if before == 0 and self.received:
                self._end()

    def _handle(self, signum: int, _frame: FrameType | None) -> None:
        self.received.append(signum)
        if not self._holding and len(self.received) == 1:
            self._end()

    def _end(self) -> None:
        # Ctrl-C is the ordinary way to stop: no error. The others tell their sender.
        raise SystemExit(0 if self.received[0] == signal.SIGINT else 128 + self.received[0])
