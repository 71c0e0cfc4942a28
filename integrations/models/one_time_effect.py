"""Effects that a person notices and that may happen once only."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from customers.models import Customer
from integrations.models.connection import Connection


class OneTimeEffect(models.Model):
    """A welcome, an invitation, a goodbye: reserved before it is sent, done when it was confirmed."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="one_time_effects")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=32)
    subject = models.CharField(
        max_length=255, help_text="sub_, pi_, in_, or the connection for an invitation."
    )
    reserved_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "connection", "kind", "subject"], name="one_time_effect_once"
            ),
            models.CheckConstraint(name="one_time_effect_named", condition=~Q(kind="") & ~Q(subject="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
