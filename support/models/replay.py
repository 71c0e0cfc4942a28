"""A replay that staff asked for: who, why, which rows, and what came of each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class ReplayRun(models.Model):
    """One press of Replay. It is due until each of its items is done, so a killed worker loses nothing.

    `what` names the cause in words and codes, never a person.
    """

    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty on the command line.",
    )
    what = models.CharField(max_length=255)
    reason = models.TextField(blank=True, default="")
    started_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(name="replay_run_says_what", condition=~Q(what="")),
            models.CheckConstraint(
                name="replay_run_due_until_finished",
                condition=Q(due_at__isnull=True, finished_at__isnull=False)
                | Q(due_at__isnull=False, finished_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="replay_run_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"replay {self.pk}"


class ItemOutcome(models.TextChoices):
    WAITING = "waiting", "Waits"
    QUEUED = "queued", "Queued again"
    LEFT = "left", "Left alone"


class ReplayItem(models.Model):
    """One sync or one event of a run."""

    run = models.ForeignKey(ReplayRun, on_delete=models.CASCADE, related_name="items")
    sync = models.ForeignKey(
        "integrations.Sync", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    event = models.ForeignKey(
        "billing.StripeEvent", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    outcome = models.CharField(max_length=8, choices=ItemOutcome, default=ItemOutcome.WAITING)
    why = models.CharField(max_length=64, blank=True, default="", help_text="Why it was left alone.")

    class Meta:
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                name="replay_item_is_of_one_row",
                condition=Q(sync__isnull=False, event__isnull=True)
                | Q(sync__isnull=True, event__isnull=False),
            ),
            models.CheckConstraint(
                name="replay_item_outcome_known", condition=Q(outcome__in=ItemOutcome.values)
            ),
            models.CheckConstraint(
                name="replay_item_left_says_why",
                condition=(Q(outcome=ItemOutcome.LEFT) & ~Q(why=""))
                | (~Q(outcome=ItemOutcome.LEFT) & Q(why="")),
            ),
            models.UniqueConstraint(fields=["run", "sync"], name="replay_item_sync_once_per_run"),
            models.UniqueConstraint(fields=["run", "event"], name="replay_item_event_once_per_run"),
            # Two people who press at once are one run: the second finds the row taken.
            models.UniqueConstraint(
                fields=["sync"], name="replay_item_one_waits_per_sync", condition=Q(outcome="waiting")
            ),
            models.UniqueConstraint(
                fields=["event"], name="replay_item_one_waits_per_event", condition=Q(outcome="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk} of replay {self.run_id}"
