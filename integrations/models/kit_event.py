"""Signed webhooks from Kit: somebody unsubscribed, bounced or complained."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class KitEvent(models.Model):
    """One event of a signed Kit delivery; its own id is stable over retries, so it is stored once."""

    event_id = models.CharField(max_length=64, unique=True)
    type = models.CharField(max_length=64)
    subscriber_id = models.CharField(max_length=32, blank=True, default="")
    received_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(name="kit_event_named", condition=~Q(event_id="") & ~Q(type="")),
        ]
        indexes = [
            models.Index(fields=["id"], name="kit_event_waiting", condition=Q(processed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.event_id
