"""Doubts on the review list that a reading may answer."""

from collections.abc import Iterable
from datetime import datetime

from customers.models import ReviewItem
from customers.vocabulary import ReviewKind


def is_open(kind: ReviewKind, subject: str) -> bool:
    """Whether somebody or a later fact still has to answer this."""
    return ReviewItem.objects.filter(kind=kind, subject=subject, settled_at=None).exists()


def were_read(roots: Iterable[str], *, now: datetime) -> None:
    """These roots could be read: nobody has to look at their shape any more."""
    asked = ReviewItem.objects.filter(kind=ReviewKind.UNKNOWN_SHAPE, subject__in=list(roots), settled_at=None)
    asked.update(settled_at=now)
