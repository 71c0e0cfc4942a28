"""The review list: open a doubt once, settle it when a fact or a person answers."""

from datetime import datetime

from django.db.models import F
from django.db.models.functions import Now

from customers.models import Customer, ReviewItem
from customers.vocabulary import ReviewKind


def ask(
    kind: ReviewKind,
    subject: str,
    *,
    customer: Customer | None = None,
    evidence: dict[str, object] | None = None,
) -> None:
    """Put one doubt on the list; asking again counts it instead. `evidence` holds ids and codes only."""
    item, created = ReviewItem.objects.get_or_create(
        kind=kind,
        subject=subject,
        settled_at=None,
        defaults={"customer": customer, "evidence": evidence or {}},
    )
    if not created and not _seen_again(item):
        # Settled by somebody else at this very moment: the doubt is newer than their answer.
        ReviewItem.objects.create(kind=kind, subject=subject, customer=customer, evidence=evidence or {})


def _seen_again(item: ReviewItem) -> int:
    open_one = ReviewItem.objects.filter(pk=item.pk, settled_at=None)
    return open_one.update(seen_count=F("seen_count") + 1)


def settle(kind: ReviewKind, subject: str, *, now: datetime | Now) -> int:
    """Close what was open about this subject; returns how many items that were."""
    return ReviewItem.objects.filter(kind=kind, subject=subject, settled_at=None).update(settled_at=now)
