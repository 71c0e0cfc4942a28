"""What a provider calls its groups, tags, spaces and sequences: cached, fetched daily or when asked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from integrations.connectors.circle import names as circle
from integrations.connectors.kit import names as kit
from integrations.engine.claim import database_now
from integrations.errors import ProviderError, TryAgain
from integrations.http import Permission
from integrations.limiter import Gate
from integrations.models import Connection, ConnectionKind, Mode, RemoteName
from integrations.timer import Timer

READERS: dict[str, Callable[..., Iterator[tuple[str, Any, Any]]]] = {
    ConnectionKind.CIRCLE: circle.read,
    ConnectionKind.KIT: kit.read,
}
FRESH = timedelta(days=1)
AGAIN = timedelta(minutes=15)  # after a failure
CALL_SECONDS = 5.0
TOTAL_SECONDS = 20.0
LONGEST = 255
TIMER = Timer("names", seconds=60, first_after=20)


@dataclass(frozen=True)
class Fetched:
    """What came of a fetch, in a sentence that can be shown."""

    ok: bool
    words: str
    count: int = 0


class _Bounded:
    """The connection's gate, which stops asking when the whole fetch has lasted too long."""

    def __init__(self, gate: Permission) -> None:
        self._gate = gate
        self._ends_at = time.monotonic() + TOTAL_SECONDS

    def enter(self) -> None:
        if time.monotonic() > self._ends_at:
            raise TryAgain("timeout", "The provider took too long to list everything.")
        self._gate.enter()

    def answered(self, status: int, wait: float | None = None) -> float | None:
        return self._gate.answered(status, wait)

    def failed(self) -> None:
        self._gate.failed()


def names_of(connection: Connection) -> dict[tuple[str, str], str]:
    """What things there are called, by kind and id: `("group", "101")` is "Pro members". One query.

    What is gone there keeps its name here; `RemoteName.gone_at` tells.
    """
    rows = RemoteName.objects.filter(connection=connection).values_list("kind", "remote_id", "name")
    return {(kind, remote_id): name for kind, remote_id, name in rows}


def fetch_names(connection: Connection) -> Fetched:
    """List everything at the provider and keep it: all of it, or nothing when a call fails.

    Not inside a transaction: it calls out, through the limiter, for at most about 25 seconds.
    """
    reader = READERS.get(connection.kind)
    if reader is None:
        return Fetched(False, "There is nothing to name.")
    Connection.objects.filter(pk=connection.pk).update(names_tried_at=Now())
    try:
        found = {
            (kind, str(number)): name.strip()[:LONGEST]
            for kind, number, name in reader(connection, _Bounded(Gate(connection)), seconds=CALL_SECONDS)
            if type(number) is int and isinstance(name, str) and name.strip()
        }
    except ProviderError as error:
        return Fetched(False, error.words)
    _keep(connection, found)
    return Fetched(True, f"{len(found)} names fetched.", len(found))


def due(most: int) -> list[int]:
    """Connections whose names are older than a day and were not asked for within the quarter hour."""
    old = Q(names_fetched_at__isnull=True) | Q(names_fetched_at__lt=Now() - FRESH)
    rested = Q(names_tried_at__isnull=True) | Q(names_tried_at__lt=Now() - AGAIN)
    works = Q(paused_at__isnull=True, kind__in=list(READERS)) & ~Q(mode=Mode.OFF)
    found = Connection.objects.filter(old, rested, works).order_by(F("names_tried_at").asc(nulls_first=True))
    return list(found.values_list("pk", flat=True)[:most])


def claim(most: int) -> list[int]:
    """The lane's: in a worker, once a minute, what is due."""
    return due(most) if TIMER.is_due() else []


def run(connection_id: int) -> None:
    """The lane's: fetch the names of one connection, unless it is gone by now."""
    for connection in Connection.objects.filter(pk=connection_id):
        fetch_names(connection)


def _keep(connection: Connection, found: dict[tuple[str, str], str]) -> None:
    with transaction.atomic():
        held = Connection.objects.select_for_update().get(pk=connection.pk)
        now = database_now()
        rows = [
            RemoteName(connection=held, kind=kind, remote_id=number, name=name, fetched_at=now)
            for (kind, number), name in sorted(found.items())
        ]
        RemoteName.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["connection", "kind", "remote_id"],
            update_fields=["name", "fetched_at", "gone_at"],
        )
        unlisted = RemoteName.objects.filter(connection=held, fetched_at__lt=now, gone_at__isnull=True)
        unlisted.update(gone_at=now)
        Connection.objects.filter(pk=held.pk).update(names_fetched_at=now)
