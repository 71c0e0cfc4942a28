"""The append-only record of what happened to a customer."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from customers.models.customer import Customer
from customers.vocabulary import CauseKind, LifecycleType, Status


class LifecycleEvent(models.Model):
    """One thing that happened, once. Ids and codes only; triggers refuse UPDATE and DELETE.

    `subject` is the occurrence's own key at Stripe (the invoice of a failed payment, the refund of a
    refund), so the same fact read again, in any order, is the same row.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="lifecycle_events")
    type = models.CharField(max_length=48, choices=LifecycleType)
    subject = models.CharField(max_length=255)
    from_status = models.CharField(max_length=16, choices=Status)
    to_status = models.CharField(max_length=16, choices=Status)
    access_before = models.BooleanField()
    access_after = models.BooleanField()
    cause = models.CharField(max_length=8, choices=CauseKind)
    cause_ref = models.CharField(
        max_length=255, blank=True, default="", help_text="evt_ id or staff user id."
    )
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    release = models.CharField(max_length=64)

    class Meta:
        ordering = ("-happened_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "type", "subject"], name="lifecycle_event_once_per_occurrence"
            ),
            models.CheckConstraint(
                name="lifecycle_event_type_known", condition=Q(type__in=LifecycleType.values)
            ),
            models.CheckConstraint(
                name="lifecycle_event_statuses_known",
                condition=Q(from_status__in=Status.values, to_status__in=Status.values),
            ),
            models.CheckConstraint(
                name="lifecycle_event_cause_known", condition=Q(cause__in=CauseKind.values)
            ),
            models.CheckConstraint(name="lifecycle_event_subject_given", condition=~Q(subject="")),
        ]
        indexes = [models.Index(fields=["customer", "-happened_at"], name="lifecycle_event_timeline")]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
