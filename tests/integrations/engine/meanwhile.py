"""What happens in the middle of something, exactly then, however busy the machine is."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.db import connection, connections

from integrations.sandbox import handler


@contextmanager
def instead_of_sleeping(module: ModuleType, work: Callable[[], object]) -> Iterator[None]:
    """Where `module` would sleep the work is done, with a database connection of its own."""
    happened = threading.Event()

    def run() -> None:
        try:
            work()
            happened.set()
        finally:
            connections.close_all()

    def sleep(_seconds: float) -> None:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    clock = SimpleNamespace(sleep=sleep, monotonic=time.monotonic, time=time.time)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "time", clock)
        yield
    assert happened.is_set()


@contextmanager
def just_before(table: str, work: Callable[[], object]) -> Iterator[None]:
    """The work is done right before this connection first asks for that table."""
    waiting = [work]

    def meanwhile(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if table in sql and waiting:
            waiting.pop()()
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        yield
    assert waiting == []


@contextmanager
def call_under_way(act: Callable[[], object]) -> Iterator[None]:
    """Inside, a provider has the call of `act` that has a `delay` and does not answer it; then `act` ends."""
    called, released = threading.Event(), threading.Event()

    def hold() -> None:
        called.set()
        assert released.wait(120)

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with instead_of_sleeping(handler, hold):
        thread.start()
        try:
            assert called.wait(60)
            yield
        finally:
            released.set()
            thread.join()
