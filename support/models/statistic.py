"""Figures that would take long to count on a page, counted by the worker's timer."""

from django.db import models
from django.db.models import F, Q


class Measure(models.TextChoices):
    """What is measured. `good`: let in within the promise, answered 2xx, applied."""

    PAID_TO_ACCESS = "paid_to_access", "Paid to access"
    WEBHOOKS = "webhooks", "Webhooks"
    SYNCS = "syncs", "Syncs"


class Span(models.TextChoices):
    HOUR = "hour", "Hour"
    DAY = "day", "Day"


class Statistic(models.Model):
    """One measure of one hour or day (UTC). Derived from rows, so it may be deleted and counted again."""

    measure = models.CharField(max_length=32, choices=Measure)
    span = models.CharField(max_length=8, choices=Span)
    since = models.DateTimeField()
    count = models.PositiveBigIntegerField()
    good = models.PositiveBigIntegerField()
    p50_ms = models.FloatField(null=True, blank=True)
    p95_ms = models.FloatField(null=True, blank=True)
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ("measure", "span", "since")
        constraints = [
            models.UniqueConstraint(fields=["measure", "span", "since"], name="statistic_once"),
            models.CheckConstraint(name="statistic_measure_known", condition=Q(measure__in=Measure.values)),
            models.CheckConstraint(name="statistic_span_known", condition=Q(span__in=Span.values)),
            models.CheckConstraint(name="statistic_good_within_count", condition=Q(good__lte=F("count"))),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.span} {self.since:%Y-%m-%d %H:%M}"


class Figure(models.Model):
    """A figure as of `measured_at`, ready to be shown; `cost_ms` decides how soon it is counted again."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.JSONField(default=dict)
    measured_at = models.DateTimeField()
    cost_ms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="figure_named", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name
