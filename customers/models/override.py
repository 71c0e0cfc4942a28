"""Access that staff gave by hand, with a reason."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from customers.models.customer import Customer
from customers.models.plan import Plan


class Override(models.Model):
    """Staff grant one plan until a date. It only adds: it never takes what a purchase gives."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="overrides")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    reason = models.TextField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Ended early by staff.")

    class Meta:
        ordering = ("-id",)
        permissions = [("grant_override", "Can grant and end access by hand")]
        constraints = [
            models.CheckConstraint(name="override_reason_given", condition=~Q(reason="")),
            models.CheckConstraint(name="override_ends_after_start", condition=Q(until__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return f"override:{self.pk}"
