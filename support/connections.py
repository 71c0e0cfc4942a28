"""What staff may do to a connection: pause it, let it go on, change its mode. Each leaves a record."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now

from billing.models import StripeEvent
from billing.models.stripe_event import EventStatus
from integrations import pausing
from integrations.lanes import nudge
from integrations.models import Connection, ConnectionKind, Mode, Sync, SyncStatus
from support import audit

BY_STAFF = "staff"
STATE = ("mode", "paused_at", "pause_reason", "failures_in_row", "open_until", "wait_until")


class NotPossibleError(Exception):
    """The act does not fit this connection; the message says why."""


def pause(slug: str, *, by: AbstractBaseUser | None, reason: str) -> Connection:
    """Send nothing more until it is resumed; what is wanted meanwhile waits and spends no tries."""
    return _act(
        "pause_connection", slug, lambda row: pausing.pause(row.pk, reason=BY_STAFF), by=by, reason=reason
    )


def resume(slug: str, *, by: AbstractBaseUser | None, reason: str) -> Connection:
    """Go on at once: forget the pause, the breaker and the provider's wait, and make what waited due."""

    def go_on(row: Connection) -> None:
        pausing.resume(row.pk)
        Sync.objects.filter(connection=row, status=SyncStatus.RETRYING).update(
            due_at=Now(), handed_until=None
        )
        if row.kind == ConnectionKind.STRIPE:
            StripeEvent.objects.filter(status=EventStatus.FAILED).update(due_at=Now())
        transaction.on_commit(nudge)

    return _act("resume_connection", slug, go_on, by=by, reason=reason)


def set_mode(slug: str, mode: Mode, *, by: AbstractBaseUser | None, reason: str) -> Connection:
    """Live sends what shadow only computes; everybody there becomes due.

    Raises: NotPossibleError for Stripe, which is always live: without it there is no truth to read.
    """

    def switch(row: Connection) -> None:
        if row.kind == ConnectionKind.STRIPE:
            raise NotPossibleError("Stripe is always live; pause it instead.")
        pausing.set_mode(row.pk, mode)

    return _act(f"set_mode_{mode.value}", slug, switch, by=by, reason=reason)


def _act(
    act: str, slug: str, change: Callable[[Connection], Any], *, by: AbstractBaseUser | None, reason: str
) -> Connection:
    """Do it and write it down together; doing it twice leaves one record.

    Raises: Connection.DoesNotExist.
    """
    with transaction.atomic():
        row = Connection.objects.select_for_update().get(slug=slug)
        before = _state(row)
        change(row)
        row.refresh_from_db()
        after = _state(row)
        if after != before:
            audit.record(act, row, by=by, reason=reason, change=(before, after))
    return row


def _state(row: Connection) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in STATE}
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in values.items()}
