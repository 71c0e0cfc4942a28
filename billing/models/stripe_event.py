"""The inbox: every verified delivery is one row here before it is answered."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class EventStatus(models.TextChoices):
    """How far an event got. Received and processed are two facts."""

    RECEIVED = "received", "Received"
    PROCESSED = "processed", "Processed"
    IGNORED = "ignored", "Ignored"
    FAILED = "failed", "Failed, tried again"
    DEAD_LETTER = "dead_letter", "Dead letter"
    UNMATCHED = "unmatched", "No customer known yet"


class EventPriority(models.IntegerChoices):
    """Ends are processed before everything else."""

    END = 0, "End"
    CHANGE = 1, "Change"


WAITING = (EventStatus.RECEIVED, EventStatus.FAILED)
REVIVABLE = (EventStatus.DEAD_LETTER, EventStatus.UNMATCHED)  # what a replay puts back in line
MISDIRECTED = ("mode", "account")  # reasons of events that were meant for another mode or account


class StripeEvent(models.Model):
    """One verified Stripe event. It is a hint that `root` may have changed, not the truth.

    The identity columns never change (a trigger refuses it); the body may be erased.
    `root` names the object to re-read, as `<resource>:<id>`; events of one root that wait
    together are one read.
    """

    event_id = models.CharField(max_length=255)
    account = models.CharField(
        max_length=255, blank=True, default="", help_text="Connect account; empty = ours."
    )
    type = models.CharField(max_length=120)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=64, blank=True, default="")
    object_id = models.CharField(max_length=255, blank=True, default="")
    root = models.CharField(max_length=320, blank=True, default="")
    created = models.DateTimeField(help_text="Stripe's time, one second exact; never used for order.")
    received_at = models.DateTimeField(db_default=Now())
    body = models.TextField(blank=True, default="", help_text="Raw JSON as signed; may be erased.")

    status = models.CharField(max_length=12, choices=EventStatus, db_default=EventStatus.RECEIVED)
    reason = models.CharField(max_length=120, blank=True, default="", db_default="")
    priority = models.PositiveSmallIntegerField(choices=EventPriority, db_default=EventPriority.CHANGE)
    due_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt_count = models.PositiveSmallIntegerField(db_default=0)
    crash_count = models.PositiveSmallIntegerField(
        db_default=0, help_text="Runs in a row that were never recorded: the worker was gone."
    )
    processed_at = models.DateTimeField(null=True, blank=True)
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="stripe_events"
    )

    class Meta:
        ordering = ("-id",)
        verbose_name = "Stripe event"
        permissions = [
            ("replay_stripeevent", "Can replay a dead-lettered Stripe event"),
            ("ignore_stripeevent", "Can ignore a dead-lettered Stripe event"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "event_id"], name="stripe_event_once"),
            models.CheckConstraint(
                name="stripe_event_status_known", condition=Q(status__in=EventStatus.values)
            ),
            models.CheckConstraint(name="stripe_event_id_given", condition=~Q(event_id="") & ~Q(type="")),
            models.CheckConstraint(
                name="stripe_event_due_iff_waiting",
                condition=Q(status__in=WAITING, due_at__isnull=False)
                | (~Q(status__in=WAITING) & Q(due_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="stripe_event_processed_iff_said",
                condition=Q(status=EventStatus.PROCESSED, processed_at__isnull=False)
                | (~Q(status=EventStatus.PROCESSED) & Q(processed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="stripe_event_reason_when_not_processed",
                condition=Q(status__in=(EventStatus.RECEIVED, EventStatus.PROCESSED)) | ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "due_at"], name="stripe_event_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=["root"], name="stripe_event_by_root", condition=Q(due_at__isnull=False)),
            models.Index(fields=["customer", "-received_at"], name="stripe_event_timeline"),
            models.Index(fields=["status", "-id"], name="stripe_event_by_status"),
            models.Index(fields=["object_id"], name="stripe_event_by_object"),
            # Few rows: an alert asks for the latest of them every few seconds.
            models.Index(
                fields=["received_at"],
                name="stripe_event_misdirected",
                condition=Q(status=EventStatus.IGNORED, reason__in=MISDIRECTED),
            ),
        ]

    def __str__(self) -> str:
        return self.event_id
