"""The review list: open a doubt once, settle it when a fact or a person answers."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from customers.models import Customer, ReviewItem
from customers.vocabulary import ReviewKind

# Decisions that hold for the same doubt later on; the others of these only while the evidence is the same.
IGNORED, KEPT_APART, CHOSEN = "ignored", "kept_apart", "country_chosen"


def ask(
    kind: ReviewKind,
    subject: str,
    *,
    customer: Customer | None = None,
    evidence: dict[str, object] | None = None,
) -> None:
    """Put one doubt on the list; asking again counts it instead. `evidence` holds ids and codes only.

    What staff decided to ignore is not asked again.
    """
    if _decided_for_good(kind, subject, evidence or {}):
        return
    item, created = ReviewItem.objects.get_or_create(
        kind=kind,
        subject=subject,
        settled_at=None,
        defaults={"customer": customer, "evidence": evidence or {}},
    )
    if not created and not _seen_again(item):
        # Settled by somebody else at this very moment: the doubt is newer than their answer.
        ReviewItem.objects.create(kind=kind, subject=subject, customer=customer, evidence=evidence or {})


def settle(kind: ReviewKind, subject: str, *, now: datetime | Now) -> int:
    """Close what was open about this subject; returns how many items that were."""
    return ReviewItem.objects.filter(kind=kind, subject=subject, settled_at=None).update(settled_at=now)


def decide(item_id: int, decision: str, *, by: AbstractBaseUser, now: datetime) -> bool:
    """Settle one doubt by a person's choice; False when it was settled before, then nothing changes."""
    open_one = ReviewItem.objects.filter(pk=item_id, settled_at=None)
    return bool(open_one.update(settled_at=now, settled_by=by.pk, decision=decision))


def ignored(kind: ReviewKind, subjects: Collection[str]) -> set[str]:
    """Those of these subjects that staff decided to ignore, by the last that was decided of each."""
    decided = _decided(kind, subjects).order_by("pk").values_list("subject", "decision")
    last = dict(decided) if subjects else {}
    return {subject for subject, decision in last.items() if decision == IGNORED}


def _decided(kind: ReviewKind, subjects: Collection[str]) -> QuerySet[ReviewItem]:
    """What people decided about these subjects."""
    return ReviewItem.objects.filter(kind=kind, subject__in=subjects).exclude(decision="")


def _decided_for_good(kind: ReviewKind, subject: str, evidence: dict[str, object]) -> bool:
    last = _decided(kind, [subject]).order_by("-pk").only("decision", "evidence").first()
    if last is None:
        return False
    return last.decision == IGNORED or (last.decision in (KEPT_APART, CHOSEN) and last.evidence == evidence)


def _seen_again(item: ReviewItem) -> int:
    open_one = ReviewItem.objects.filter(pk=item.pk, settled_at=None)
    return open_one.update(seen_count=F("seen_count") + 1)
