"""So many threads of a process may wait for a silent database, no more; the others stay free to answer."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError

PLACES = 4  # the web server has twice as many threads
PATIENCE = 0.6  # seconds


class Busy(Exception):
    """Nobody inside is being answered, so waiting behind them is no use."""


@dataclass
class Bulkhead:
    """Places for those who ask the database.

    While somebody inside is answered every now and then, the next ones wait for a place. When nobody was for
    `patience` seconds, all who come are refused at once. After a failure one at a time goes in, until the
    database answers.
    """

    places: int = PLACES
    patience: float = PATIENCE
    _inside: list[float] = field(default_factory=list)  # when each went in
    _answered: float = 0.0  # when somebody last was
    _doubted: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Raises Busy when nobody inside was answered for `patience` seconds."""
        entered = self._enter()
        try:
            yield
        except (DatabaseError, InterfaceError):
            self._leave(entered, doubted=True)
            raise
        except BaseException:
            self._leave(entered, doubted=self._doubted)
            raise
        self._answered = time.monotonic()
        self._leave(entered, doubted=False)

    def _enter(self) -> float:
        with self._changed:
            while len(self._inside) >= (1 if self._doubted else self.places):
                left = max(self._answered, min(self._inside)) + self.patience - time.monotonic()
                if left <= 0:
                    raise Busy
                self._changed.wait(left)
            entered = time.monotonic()
            self._inside.append(entered)
            return entered

    def _leave(self, entered: float, *, doubted: bool) -> None:
        with self._changed:
            self._inside.remove(entered)
            self._doubted = doubted
            self._changed.notify_all()


database = Bulkhead()  # of this process
