"""What staff may do to a connection: pause it, let it go on, change its mode. Each leaves a record."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now

from billing.models import StripeEvent
from billing.models.stripe_event import EventStatus
from integrations.models import Connection, ConnectionKind, HoldReason, Mode, Sync, SyncStatus
from support import audit

BY_STAFF = "staff"


class NotPossibleError(Exception):
    """The act does not fit this connection; the message says why."""


def pause(slug: str, *, by: AbstractBaseUser | None, reason: str, now: datetime) -> Connection:
    """Send nothing more until it is resumed; what is wanted meanwhile waits and spends no tries."""

    def change(row: Connection) -> None:
        if row.paused_at is None:
            row.paused_at, row.pause_reason = now, BY_STAFF

    return _act("pause_connection", slug, change, by=by, reason=reason)


def resume(slug: str, *, by: AbstractBaseUser | None, reason: str) -> Connection:
    """Go on at once: forget the pause, the breaker and the provider's wait, and make what waited due."""

    def change(row: Connection) -> None:
        row.paused_at, row.pause_reason = None, ""
        row.failures_in_row, row.open_until, row.wait_until = 0, None, None

    with transaction.atomic():
        row = _act("resume_connection", slug, change, by=by, reason=reason)
        _wake(row)
    return row


def set_mode(slug: str, mode: Mode, *, by: AbstractBaseUser | None, reason: str) -> Connection:
    """Live sends what shadow only computed. Stripe is always live: without it there is no truth to read."""

    def change(row: Connection) -> None:
        if row.kind == ConnectionKind.STRIPE:
            raise NotPossibleError("Stripe is always live; pause it instead.")
        row.mode = mode

    with transaction.atomic():
        row = _act(f"set_mode_{mode.value}", slug, change, by=by, reason=reason)
        if mode == Mode.LIVE:
            release_shadow(row.pk)
    return row


def release_shadow(connection_id: int) -> int:
    """Make due what shadow mode computed and did not send; returns how many people that are."""
    held = Sync.objects.filter(
        connection_id=connection_id, status=SyncStatus.ON_HOLD, reason=HoldReason.SHADOW
    )
    return held.update(
        status=SyncStatus.PENDING, reason="", explanation="", due_at=Now(), due_since=Now(), attempt_count=0
    )


def _wake(row: Connection) -> None:
    """What waited is due now, and the time it waited counts against nobody."""
    waiting = Sync.objects.filter(connection=row, status__in=(SyncStatus.PENDING, SyncStatus.RETRYING))
    waiting.update(due_at=Now(), handed_until=None, first_failed_at=None)
    if row.kind == ConnectionKind.STRIPE:
        StripeEvent.objects.filter(status=EventStatus.FAILED).update(due_at=Now())


def _act(
    act: str, slug: str, change: Callable[[Connection], None], *, by: AbstractBaseUser | None, reason: str
) -> Connection:
    with transaction.atomic():
        row = Connection.objects.select_for_update().get(slug=slug)
        before = _state(row)
        change(row)
        after = _state(row)
        if after != before:
            row.save(update_fields=list(STATE))
            audit.record(act, row, by=by, reason=reason, change=(before, after))
    return row


STATE = ("mode", "paused_at", "pause_reason", "failures_in_row", "open_until", "wait_until")


def _state(row: Connection) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in STATE}
    return {name: each.isoformat() if isinstance(each, datetime) else each for name, each in values.items()}
