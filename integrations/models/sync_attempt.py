"""The append-only record of what was tried at a destination."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from integrations.models.sync import Sync


class Outcome(models.TextChoices):
    """What came of an attempt, named for what to do next."""

    APPLIED = "applied", "Applied"
    RETRY = "retry", "Tried again later"
    IN_DOUBT = "in_doubt", "In doubt, read back"
    REJECTED = "rejected", "Rejected"
    CREDENTIALS = "credentials", "Credentials refused"
    TOMORROW = "tomorrow", "Daily limit, tomorrow"
    SHADOW = "shadow", "Shadow, nothing sent"
    HELD = "held", "Held, the rest waits for staff"
    LEASE_LOST = "lease_lost", "Took too long, run again"


# Not here: refused keys pause the connection, used-up limits have a warning of their own, lost leases resume.
FAILURES = (Outcome.RETRY, Outcome.IN_DOUBT, Outcome.REJECTED)


class SyncAttempt(models.Model):
    """One attempt, inserted when it is over. Ids and codes only; triggers refuse UPDATE and DELETE.

    `steps` is a list of `{"do": code, "ref": id, "outcome": code}`.
    """

    sync = models.ForeignKey(Sync, on_delete=models.PROTECT, related_name="attempts")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="sync_attempts")
    version = models.PositiveBigIntegerField()
    fencing_token = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    code = models.CharField(max_length=64, blank=True, default="", help_text="The cause, to group by.")
    error = models.CharField(max_length=500, blank=True, default="", help_text="The cause in our words.")
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    steps = models.JSONField(default=list, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(db_default=Now())
    duration_ms = models.PositiveIntegerField()
    release = models.CharField(max_length=64)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["sync", "fencing_token"], name="sync_attempt_one_per_claim"),
            models.CheckConstraint(
                name="sync_attempt_outcome_known", condition=Q(outcome__in=Outcome.values)
            ),
            models.CheckConstraint(
                name="sync_attempt_failure_has_code",
                condition=Q(outcome__in=(Outcome.APPLIED, Outcome.SHADOW)) | ~Q(code=""),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-finished_at"], name="sync_attempt_timeline"),
            # The dashboard counts what was done within an hour or a day; rows are only ever added.
            BrinIndex(fields=["finished_at"], name="sync_attempt_by_time", pages_per_range=16),
            # Alerts count the failures of the last minutes every few seconds.
            models.Index(
                fields=["finished_at"], name="sync_attempt_failed", condition=Q(outcome__in=FAILURES)
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"
