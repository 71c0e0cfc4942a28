"""What a person must decide, because the machine will not guess."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models.customer import Customer
from customers.vocabulary import ReviewKind


class ReviewItem(models.Model):
    """One doubt, open until somebody or a later fact settles it. Evidence holds ids and codes only."""

    kind = models.CharField(max_length=24, choices=ReviewKind)
    subject = models.CharField(max_length=255)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="review_items"
    )
    evidence = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    seen_count = models.PositiveIntegerField(default=1)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty when a later fact settled it.",
    )
    decision = models.CharField(max_length=32, blank=True, default="", help_text="The choice, as a code.")

    class Meta:
        ordering = ("-opened_at",)
        permissions = [("settle_reviewitem", "Can decide what is on the review list")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                name="review_item_one_open_per_subject",
                condition=Q(settled_at__isnull=True),
            ),
            models.CheckConstraint(name="review_item_kind_known", condition=Q(kind__in=ReviewKind.values)),
            models.CheckConstraint(name="review_item_subject_given", condition=~Q(subject="")),
            models.CheckConstraint(
                name="review_item_decided_by_somebody",
                condition=Q(decision="", settled_by__isnull=True)
                | (~Q(decision="") & Q(settled_by__isnull=False, settled_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "subject"], name="review_item_decided", condition=~Q(decision="")),
            models.Index(fields=["-opened_at", "-id"], name="review_item_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
