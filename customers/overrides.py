"""Access given by hand: grant it, extend what a purchase gave, end it, and let the clock end it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from customers.happenings import Occurrence
from customers.lifecycle import Cause, recompute
from customers.models import Customer, Entitlement, Override, Plan
from customers.state import leading
from customers.vocabulary import CauseKind, EndReason, LifecycleType, Source, Status

MOST_DAYS = 7  # how far support may extend; further is a grant


@dataclass(frozen=True)
class Extension:
    """What an extension would go on giving, and the latest moment it may last."""

    plan: Plan
    latest: datetime


def extension(held: Sequence[Entitlement], *, now: datetime) -> Extension | None:
    """The extension that these entitlements allow: 7 days past the end of what the leading purchase gave.

    Pure. It counts from the purchase's own end, so extending again and again leads no further. None when
    nothing ended or will end, when that is too long ago, or when the money went back.
    """
    leader = leading(held)
    if leader is None or leader.plan is None or leader.state in (Status.REFUNDED, Status.DISPUTE_LOST):
        return None
    end = leader.ended_at or leader.grace_ends_at() or leader.ends_at
    latest = end + timedelta(days=MOST_DAYS) if end else now
    return Extension(leader.plan, latest) if latest > now else None


def supposed(override: Override, *, now: datetime) -> Entitlement:
    """What an override would give, as an entitlement that is not stored."""
    return Entitlement(
        customer=override.customer,
        source=Source.OVERRIDE,
        subject=str(override),
        plan=override.plan,
        state=Status.ACTIVE,
        since=now,
        starts_at=now,
        ends_at=override.until,
    )


def grant(override: Override, *, now: datetime) -> Override:
    """Give what an unsaved override says, from `now` until its date. It only adds access.

    Raises ValueError when the date is past or no reason is given.
    """
    if override.until <= now:
        raise ValueError("The override must end in the future.")
    if not override.reason.strip():
        raise ValueError("Say why: an override needs a reason.")
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=override.customer_id)
        override.starts_at = now
        override.save()
        supposed(override, now=now).save()
        recompute(
            override.customer_id,
            now=now,
            cause=Cause(CauseKind.STAFF, str(override.granted_by_id)),
            occurrences=[Occurrence(LifecycleType.OVERRIDE_GRANTED, str(override), now)],
        )
    return override


def end(override: Override, *, by: AbstractBaseUser, now: datetime) -> bool:
    """End an override before its date. False when it had ended already: then nothing changes."""
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=override.customer_id)
        if not Override.objects.filter(pk=override.pk, ended_at=None, until__gt=now).update(ended_at=now):
            return False
        Entitlement.objects.filter(subject=str(override), ended_at=None).update(
            state=Status.CANCELED, since=now, ended_at=now, end_reason=EndReason.STAFF
        )
        recompute(
            override.customer_id,
            now=now,
            cause=Cause(CauseKind.STAFF, str(by.pk)),
            occurrences=[Occurrence(LifecycleType.OVERRIDE_ENDED, str(override), now)],
        )
    return True
