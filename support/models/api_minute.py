"""How many requests a sender of the ticket API made in one minute."""

from django.db import models
from django.db.models import Q


class ApiMinute(models.Model):
    """One counter for all web processes; `sender` is a digest of the token, never the token."""

    sender = models.CharField(max_length=16)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-minute",)
        constraints = [
            models.UniqueConstraint(fields=["sender", "minute"], name="api_minute_one_per_sender"),
            models.CheckConstraint(name="api_minute_sender_given", condition=~Q(sender="")),
            models.CheckConstraint(name="api_minute_counts", condition=Q(count__gte=1)),
        ]

    def __str__(self) -> str:
        return f"requests of {self.minute:%H:%M}"
