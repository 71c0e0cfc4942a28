"""Staff changed a member's address at the destination by hand: we go by the new one from now on."""

from django.db.models import QuerySet
from django.db.models.functions import Now

from customers.models import Customer
from integrations.lanes import nudge
from integrations.models import Sync, SyncStatus


def moved_by_hand(customer_id: int, slug: str) -> bool:
    """Know the person by their own address there, and look whether it is so. Safe to repeat."""
    email = Customer.objects.values_list("email", flat=True).get(pk=customer_id)
    rows = Sync.objects.filter(customer_id=customer_id, connection__slug=slug).exclude(remote_email="")
    found = rows.update(remote_email=email, suspect=True, wanted_at=Now())
    _make_due(rows)
    return bool(found)


def parted_by_hand(customer_id: int, slug: str) -> None:
    """Look anew whose the member is that this customer shared with another. Safe to repeat."""
    at = Sync.objects.filter(connection__slug=slug).exclude(remote_id="")
    shared = at.filter(remote_id__in=at.filter(customer_id=customer_id).values("remote_id"))
    shared.update(suspect=True, wanted_at=Now())
    _make_due(shared)


def _make_due(rows: QuerySet[Sync]) -> None:
    rows.filter(status=SyncStatus.IN_SYNC).update(status=SyncStatus.PENDING, due_at=Now(), due_since=Now())
    nudge()
