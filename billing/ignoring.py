"""Staff let a given-up event go, or take it up again."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now

from billing.models import EventStatus, StripeEvent

BY_STAFF = "by_staff"


def ignore(events: Iterable[StripeEvent]) -> list[int]:
    """Let dead letters go; returns the ids of those that were. Others are left alone."""
    return _move(
        events, {"status": EventStatus.DEAD_LETTER}, {"status": EventStatus.IGNORED, "reason": BY_STAFF}
    )


def take_up(events: Iterable[StripeEvent]) -> list[int]:
    """Put events that staff let go back in line; returns their ids."""
    again = {
        "status": EventStatus.RECEIVED,
        "reason": "",
        "due_at": Now(),
        "attempt_count": 0,
        "crash_count": 0,
        "lease_until": None,
    }
    return _move(events, {"status": EventStatus.IGNORED, "reason": BY_STAFF}, again)


def _move(events: Iterable[StripeEvent], before: dict[str, object], after: dict[str, object]) -> list[int]:
    with transaction.atomic():
        rows = StripeEvent.objects.select_for_update().filter(pk__in=[each.pk for each in events], **before)
        found = sorted(rows.values_list("pk", flat=True))
        StripeEvent.objects.filter(pk__in=found).update(**after)
    return found
