"""Stopping and starting one connection; starting it heals whoever waited, without a replay."""

from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Now

from integrations import breaker
from integrations.models import Connection, Mode


def pause(connection_id: int, *, reason: str, since: datetime | None = None) -> bool:
    """Stop it; the first reason stays. True when it was running before.

    `since`: when the run began that found the reason; whoever resumed it after that knows better.
    """
    rows = Connection.objects.filter(pk=connection_id, paused_at__isnull=True)
    if since is not None:
        rows = rows.filter(Q(resumed_at__isnull=True) | Q(resumed_at__lt=since))
    return rows.update(paused_at=Now(), pause_reason=reason[:64]) == 1


def resume(connection_id: int) -> None:
    """Start it again, with a closed breaker and no wait; what waited is due by itself."""
    Connection.objects.filter(pk=connection_id).update(
        paused_at=None,
        pause_reason="",
        resumed_at=Now(),
        wait_until=None,
        failures_in_row=0,
        open_until=None,
    )
    breaker.welcome_back(connection_id)


def set_mode(connection_id: int, mode: Mode) -> None:
    """Off, shadow or live; going to shadow or live makes every customer of the connection due."""
    from integrations.wanting import want_all

    changed = Connection.objects.filter(pk=connection_id).exclude(mode=mode).update(mode=mode)
    if changed and mode != Mode.OFF:
        want_all([connection_id])
