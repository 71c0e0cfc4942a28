"""Doing several things in the same moment, each on a database connection of its own."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection


def together(acts: Sequence[Callable[[], object]]) -> list[Exception]:
    """Start all acts behind one barrier and wait for them; returns what they raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[Exception] = []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - whatever it was, the test must see it
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def deadlocks() -> int:
    """How many the database has seen so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
