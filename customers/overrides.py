"""Access given by hand: grant it, end it, and let the clock end it."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from customers.happenings import Occurrence
from customers.lifecycle import Cause, recompute
from customers.models import Customer, Entitlement, Override
from customers.vocabulary import CauseKind, EndReason, LifecycleType, Source, Status


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
        Entitlement.objects.create(
            customer=override.customer,
            source=Source.OVERRIDE,
            subject=str(override),
            plan=override.plan,
            state=Status.ACTIVE,
            since=now,
            starts_at=now,
            ends_at=override.until,
        )
        recompute(
            override.customer_id,
            now=now,
            cause=Cause(CauseKind.STAFF, str(override.granted_by_id)),
            occurrences=[Occurrence(LifecycleType.OVERRIDE_GRANTED, str(override), now)],
        )
    return override


def end(override: Override, *, by: AbstractBaseUser, now: datetime) -> None:
    """End an override before its date; ending it twice changes nothing."""
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=override.customer_id)
        if not Override.objects.filter(pk=override.pk, ended_at=None).update(ended_at=now):
            return
        Entitlement.objects.filter(subject=str(override), ended_at=None).update(
            state=Status.CANCELED, since=now, ended_at=now, end_reason=EndReason.STAFF
        )
        recompute(
            override.customer_id,
            now=now,
            cause=Cause(CauseKind.STAFF, str(by.pk)),
            occurrences=[Occurrence(LifecycleType.OVERRIDE_ENDED, str(override), now)],
        )
