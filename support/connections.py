"""What staff may do to a connection: pause it, let it go on, change its mode. Each leaves a record."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from billing import locks
from billing.models import StripeEvent
from billing.models.stripe_event import EventStatus
from customers.models import Customer
from integrations import pausing
from integrations.lanes import nudge
from integrations.models import Connection, ConnectionKind, HoldReason, Mode, Sync, SyncStatus
from support import audit
from support.catalog import consequences
from support.catalog.changes import Changes
from support.desks.sums import sums

BY_STAFF = "staff"
COUNTED = 1_000
SUMMED = 1_000
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
    """Live sends what shadow only computes; everybody there becomes due, as after a change of the catalogue.

    On the command line here and now; what a page asks for is a worker's to do, as it may be a million people.
    Raises: NotPossibleError for Stripe, which is always live: without it there is no truth to read.
    """
    owed: list[int] = []

    def switch(row: Connection) -> None:
        if row.kind == ConnectionKind.STRIPE:
            raise NotPossibleError("Stripe is always live; pause it instead.")
        changed = Connection.objects.filter(pk=row.pk).exclude(mode=mode).update(mode=mode)
        if changed and mode != Mode.OFF:
            owed.extend(consequences.owe(Changes(opened={row.pk})))

    with transaction.atomic():
        locks.catalogue()  # who buys now is written before it and found, or after it and sees the new mode
        row = _act(f"set_mode_{mode.value}", slug, switch, by=by, reason=reason)
    if by is None:
        for each in owed:
            consequences.follow(each)
    else:
        consequences.hand_over(owed)
    return row


def before_switching(row: Connection, mode: Mode) -> list[str]:
    """What the switch would mean, in sentences: how many people, how many mails. Nothing is changed."""
    if mode == Mode.OFF:
        return [
            "Nothing is computed or sent there any more, removals neither: who loses access stays in.",
            "What waits stays as it is and is looked at when it is switched on again.",
        ]
    new = _newcomers(row)
    people = sum(how_many_wait(row).values()) + new
    everybody = f"{people:,}{' or more' if people >= COUNTED else ''}"
    if mode == Mode.SHADOW:
        return [
            "Nothing is sent there any more, removals neither: who loses access stays in.",
            f"For everybody ({everybody} so far) it is computed and shown what would be done.",
        ]
    held = Sync.objects.filter(connection=row, status=SyncStatus.ON_HOLD, reason=HoldReason.SHADOW)
    sample = list(held.select_related("customer", "connection").order_by("pk")[:SUMMED])
    found = sums(sample)
    uncounted = f"{new:,} more came while it was off: their mails are not in this figure." if new else ""
    return [
        f"Everybody ({everybody} so far) is made equal there.",
        f"By what shadow mode computed for {len(sample):,} of them: {'; '.join(found.lines) or 'nothing'}.",
        " ".join(filter(None, (f"Mails that people would get: {found.mails_in_words}.", uncounted))),
        "More than 20 removals, or 5 % of those with access, within an hour wait for you on the review list.",
    ]


def _newcomers(row: Connection) -> int:
    """Of the newest with access, those for whom nothing is computed there yet: they came while it was off."""
    there = Sync.objects.filter(customer=OuterRef("pk"), connection=row)
    newest = Customer.objects.filter(has_access=True).order_by("-pk").values("pk")[:COUNTED]
    return Customer.objects.filter(~Exists(there), pk__in=newest).count()


def how_many_wait(row: Connection) -> dict[str, int]:
    """Its syncs by status, each counted up to a thousand by its index."""
    return {
        status.value: count
        for status in SyncStatus
        if (count := Sync.objects.filter(connection=row, status=status).order_by()[:COUNTED].count())
    }


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
