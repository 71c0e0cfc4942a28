"""How deliveries were answered, minute by minute: the source of success rate and percentiles."""

import operator
from functools import reduce

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Combinable

# Upper edges in milliseconds; what took longer is counted in `slower`. A bucket holds only its own range.
EDGES_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)
BUCKETS = (*(f"within_{edge}_ms" for edge in EDGES_MS), "slower")


def _sum_of_buckets() -> Combinable:
    return reduce(operator.add, map(F, BUCKETS))


class DeliveryMinute(models.Model):
    """Deliveries of one minute (UTC, by the database's clock) that got the same answer for the same reason.

    `code` is our own word for it (a refusal's code, "duplicate" has none): never anything of the body.
    """

    minute = models.DateTimeField()
    status = models.PositiveSmallIntegerField(help_text="The HTTP status that was answered.")
    code = models.CharField(max_length=32, blank=True, default="")
    count = models.PositiveBigIntegerField()
    within_5_ms = models.PositiveBigIntegerField(default=0)
    within_10_ms = models.PositiveBigIntegerField(default=0)
    within_25_ms = models.PositiveBigIntegerField(default=0)
    within_50_ms = models.PositiveBigIntegerField(default=0)
    within_100_ms = models.PositiveBigIntegerField(default=0)
    within_250_ms = models.PositiveBigIntegerField(default=0)
    within_500_ms = models.PositiveBigIntegerField(default=0)
    within_1000_ms = models.PositiveBigIntegerField(default=0)
    within_2500_ms = models.PositiveBigIntegerField(default=0)
    within_5000_ms = models.PositiveBigIntegerField(default=0)
    slower = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-minute", "status", "code")
        constraints = [
            models.UniqueConstraint(fields=["minute", "status", "code"], name="delivery_minute_once"),
            models.CheckConstraint(name="delivery_minute_is_whole", condition=Q(minute__second=0)),
            models.CheckConstraint(
                name="delivery_minute_status_is_http", condition=Q(status__gte=100, status__lte=599)
            ),
            # Nobody is counted without a duration, or twice.
            models.CheckConstraint(
                name="delivery_minute_buckets_add_up",
                condition=Q(count=_sum_of_buckets()),
            ),
            models.CheckConstraint(name="delivery_minute_not_empty", condition=Q(count__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} {self.status} {self.code}".rstrip()
