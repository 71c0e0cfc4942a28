"""Effects that a person notices: reserved before the call, marked done after it, so they happen once."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from integrations.models import OneTimeEffect


def is_done(customer_id: int, connection_id: int, *, kind: str, subject: str) -> bool:
    """Whether it was sent and confirmed."""
    return _rows(customer_id, connection_id, kind, subject).filter(done_at__isnull=False).exists()


def reserve(customer_id: int, connection_id: int, *, kind: str, subject: str) -> bool:
    """Claim the effect before its call. False when it is done.

    True again for an effect that was reserved but never confirmed: callers only send what the provider
    lets us repeat (a second enrolment in a Kit sequence answers 200 "already been added"; a second Circle
    invitation of the same address sends no mail).
    """
    try:
        with transaction.atomic():
            OneTimeEffect.objects.create(
                customer_id=customer_id, connection_id=connection_id, kind=kind, subject=subject
            )
    except IntegrityError:
        return not is_done(customer_id, connection_id, kind=kind, subject=subject)
    return True


def confirm(customer_id: int, connection_id: int, *, kind: str, subject: str) -> None:
    """The provider confirmed it."""
    _rows(customer_id, connection_id, kind, subject).filter(done_at__isnull=True).update(done_at=Now())


def _rows(customer_id: int, connection_id: int, kind: str, subject: str) -> QuerySet[OneTimeEffect]:
    return OneTimeEffect.objects.filter(
        customer_id=customer_id, connection_id=connection_id, kind=kind, subject=subject
    )
