"""Dead letters that staff put off or let go, with a note, and taking them up again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from billing import ignoring
from billing.models import EventStatus, StripeEvent
from integrations import deadletters
from integrations.models import HoldReason, Sync, SyncStatus
from support import audit

MOST: Final = 1_000
SHOWN: Final = 50
UNTIL: Final = {
    "1h": ("for an hour", timedelta(hours=1)),
    "1d": ("for a day", timedelta(days=1)),
    "7d": ("for a week", timedelta(days=7)),
    "": ("until somebody takes it up again", None),
}
USUAL: Final = "1d"


@dataclass(frozen=True)
class Wish:
    """For how long, by whom and why. `until` is None for good: then it is ignored."""

    until: datetime | None
    by: AbstractBaseUser
    reason: str


def put_off(wish: Wish, *, syncs: QuerySet[Sync], events: QuerySet[StripeEvent]) -> int:
    """Snooze syncs; let events go, when `until` is None. Returns how many; each leaves a record.

    Raises: ValueError without a note.
    """
    if not wish.reason.strip():
        raise ValueError("Say why: a note helps whoever finds it later.")
    with transaction.atomic():
        given = list(syncs[:MOST])
        done = deadletters.snooze(given, until=wish.until).snoozed
        after = {"until": wish.until.isoformat() if wish.until else None}
        for pk in done:
            _record("snooze_sync" if wish.until else "ignore_sync", f"sync:{pk}", after, wish)
        ignored = ignoring.ignore(list(events[:MOST])) if wish.until is None else []
        for pk in ignored:
            _record("ignore_event", f"stripeevent:{pk}", after, wish)
    return len(done) + len(ignored)


def take_up(wish: Wish, *, syncs: QuerySet[Sync], events: QuerySet[StripeEvent]) -> int:
    """End snoozes and take up what was let go: each runs again now. Returns how many."""
    with transaction.atomic():
        snoozed = syncs.filter(status=SyncStatus.ON_HOLD, reason=HoldReason.SNOOZED)
        done = deadletters.release(list(snoozed[:MOST])).queued
        for pk in done:
            _record("release_sync", f"sync:{pk}", {}, wish)
        again = ignoring.take_up(list(events[:MOST]))
        for pk in again:
            _record("take_up_event", f"stripeevent:{pk}", {}, wish)
    return len(done) + len(again)


def syncs_aside() -> QuerySet[Sync]:
    """What is snoozed or ignored; the index on held syncs is small."""
    rows = Sync.objects.filter(status=SyncStatus.ON_HOLD, reason=HoldReason.SNOOZED)
    return rows.select_related("customer", "connection").order_by("-pk")


def events_aside() -> QuerySet[StripeEvent]:
    rows = StripeEvent.objects.filter(status=EventStatus.IGNORED, reason=ignoring.BY_STAFF)
    return rows.select_related("customer").defer("body").order_by("-pk")


def _record(act: str, subject: str, after: dict[str, str | None], wish: Wish) -> None:
    audit.record(act, subject, by=wish.by, reason=wish.reason, change=({}, after))
