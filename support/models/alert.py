"""What is wrong now, or was: one open row for each cause."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class AlertKind(models.TextChoices):
    """What can go wrong, in words that staff read."""

    WEBHOOK_FAILED = "webhook_failed", "A webhook failed"
    SIGNATURES_REFUSED = "signatures_refused", "Webhook signatures refused"
    EVENT_MISDIRECTED = "event_misdirected", "Events for another mode or account"
    EVENT_DEAD = "event_dead", "A Stripe event was given up"
    SYNC_DEAD = "sync_dead", "Syncs are given up until their cause is mended"
    SYNCS_FAILED = "syncs_failed", "Syncs fail"
    CONNECTION_PAUSED = "connection_paused", "A connection is paused"
    BREAKER_OPEN = "breaker_open", "A provider is down"
    QUOTA_LOW = "quota_low", "The month's calls run out"
    SWEEPER_SILENT = "sweeper_silent", "No worker looks for work"
    WORKER_SILENT = "worker_silent", "The worker does no work"
    BEAT_SILENT = "beat_silent", "The clock process is silent"
    OLDEST_DUE = "oldest_due", "Work waits too long"
    ACCESS_DEADLINE = "access_deadline", "Access is not as it should be"
    CHANNEL_DEAD = "channel_dead", "Alerts do not get through"
    DATABASE_SILENT = "database_silent", "The database does not answer"
    INVARIANT_BROKEN = "invariant_broken", "A rule of the house does not hold"
    SIGN_INS_GUESSED = "sign_ins_guessed", "Somebody guesses passwords"
    RULE_BROKEN = "rule_broken", "An alert rule cannot be evaluated"


class Severity(models.TextChoices):
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


class Alert(models.Model):
    """One cause: what failed, for whom, how many people, what to do next. It closes itself.

    Ids and counts only, no personal data: the same words go out by mail and webhook.
    `mark` rises with each case that was not among `cases` at the look before: that is news.
    """

    kind = models.CharField(max_length=24, choices=AlertKind)
    key = models.CharField(max_length=200, help_text="Names the cause; one open row for each.")
    subject = models.CharField(
        max_length=64, blank=True, default="", help_text="The connection or lane it is about."
    )
    severity = models.CharField(max_length=8, choices=Severity)
    what = models.CharField(max_length=500, help_text="What failed.")
    next_step = models.CharField(max_length=500, help_text="What to do next.")
    path = models.CharField(max_length=255, help_text="The page of the back office that shows more.")
    customer_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    people_count = models.PositiveIntegerField(default=0, help_text="How many people, as of last_seen_at.")
    cases = ArrayField(
        models.TextField(), default=list, db_default=[], blank=True,
        help_text="Ids of what it is about, as of last_seen_at; a new one is news.",
    )  # fmt: skip
    mark = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True, help_text="When the last message got through.")

    class Meta:
        ordering = ("-closed_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["key"], name="alert_one_open_per_cause", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(name="alert_kind_known", condition=Q(kind__in=AlertKind.values)),
            models.CheckConstraint(name="alert_severity_known", condition=Q(severity__in=Severity.values)),
            models.CheckConstraint(
                name="alert_says_what_and_next",
                condition=~Q(key="") & ~Q(what="") & ~Q(next_step="") & Q(path__startswith="/admin/"),
            ),
            models.CheckConstraint(
                name="alert_seen_after_opened", condition=Q(last_seen_at__gte=F("opened_at"))
            ),
            models.CheckConstraint(
                name="alert_closed_after_opened",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
            ),
            models.CheckConstraint(
                name="alert_counts_those_it_names", condition=Q(people_count__gte=F("customer_ids__len"))
            ),
        ]
        indexes = [
            models.Index(fields=["-closed_at", "-id"], name="alert_open_first"),
            models.Index(fields=["key", "-id"], name="alert_by_cause"),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"


class Channel(models.TextChoices):
    EMAIL = "email", "E-mail"
    WEBHOOK = "webhook", "Webhook"


class Occasion(models.TextChoices):
    OPENED = "opened", "It began"
    NEWS = "news", "More of it"
    RECOVERED = "recovered", "It is over"


class AlertMessage(models.Model):
    """One message about one alert through one channel: due until it is sent or no longer worth sending."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="messages")
    channel = models.CharField(max_length=8, choices=Channel)
    occasion = models.CharField(max_length=10, choices=Occasion)
    mark = models.BigIntegerField(default=0, help_text="The alert's mark that this message tells of.")
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=64, blank=True, default="", help_text="Why the last try failed.")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "channel", "occasion", "mark"], name="alert_message_once"
            ),
            models.CheckConstraint(
                name="alert_message_channel_known", condition=Q(channel__in=Channel.values)
            ),
            models.CheckConstraint(
                name="alert_message_occasion_known", condition=Q(occasion__in=Occasion.values)
            ),
            models.CheckConstraint(
                name="alert_message_due_until_sent",
                condition=Q(sent_at__isnull=True) | Q(due_at__isnull=True, lease_until__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="alert_message_due", condition=Q(due_at__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.occasion} by {self.channel}"
