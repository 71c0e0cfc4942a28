"""How far one customer is synced at one connection."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from customers.models import Customer
from integrations.models.connection import Connection


class SyncStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    IN_SYNC = "in_sync", "In sync"
    RETRYING = "retrying", "Retrying"
    DEAD_LETTER = "dead_letter", "Dead letter"
    ON_HOLD = "on_hold", "On hold"


WAITING = (SyncStatus.PENDING, SyncStatus.RUNNING, SyncStatus.RETRYING)
NOT_EQUAL = (*WAITING, SyncStatus.DEAD_LETTER)  # it should be otherwise at the destination than it is
STUCK = (SyncStatus.DEAD_LETTER, SyncStatus.ON_HOLD)


class SyncPriority(models.IntegerChoices):
    """Revokes before grants before profiles; a profile change ages upward."""

    REVOKE = 0, "Revoke"
    GRANT = 1, "Grant"
    PROFILE = 2, "Profile"


class HoldReason(models.TextChoices):
    """Why a sync is on hold."""

    SHADOW = "shadow", "Shadow mode: computed, not sent"
    MASS_REMOVAL = "mass_removal", "Held: too many removals at once"
    CONFLICT = "conflict", "Conflict: a person must decide"
    SNOOZED = "snoozed", "Snoozed by staff"
    HELD_BY_STAFF = "held_by_staff", "Held by staff"


class Sync(models.Model):
    """What one connection should hold for one customer, and how far we got.

    It carries no payload: what to send is read from the customer at the moment of sending,
    so a late or repeated run can only send the truth.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="syncs")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="syncs")
    status = models.CharField(max_length=16, choices=SyncStatus, default=SyncStatus.PENDING)
    reason = models.CharField(max_length=64, blank=True, default="", help_text="A code when not in sync.")
    explanation = models.CharField(
        max_length=500, blank=True, default="", help_text="The reason in our words."
    )
    priority = models.PositiveSmallIntegerField(choices=SyncPriority, default=SyncPriority.PROFILE)
    bulk = models.BooleanField(
        default=False, help_text="Wanted by a bulk cause; the mass-removal guard judges what it takes."
    )
    bulk_removal_at = models.DateTimeField(
        null=True, blank=True,
        help_text="When the guard last counted it, held or let through; nothing undoes that.",
    )  # fmt: skip

    desired_version = models.PositiveBigIntegerField()
    applied_version = models.PositiveBigIntegerField(default=0)
    desired_digest = models.CharField(
        max_length=64, blank=True, default="", help_text="Of what was last applied."
    )
    desired = models.JSONField(
        default=dict, blank=True, help_text="What the connector last computed; ids and names."
    )

    due_at = models.DateTimeField(null=True, blank=True)
    due_since = models.DateTimeField(null=True, blank=True, help_text="Since when it is not in sync.")
    wanted_at = models.DateTimeField(
        null=True, blank=True, help_text="Last asked for; if that was during a run, it runs again."
    )
    handed_until = models.DateTimeField(
        null=True, blank=True, help_text="A worker was told; told again after this."
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    fencing_token = models.PositiveBigIntegerField(
        default=0
    )  # rises with every claim; an old holder may not record
    attempt_count = models.PositiveSmallIntegerField(default=0)
    crash_count = models.PositiveSmallIntegerField(
        default=0, help_text="Claims in a row that were never recorded."
    )
    first_failed_at = models.DateTimeField(null=True, blank=True)

    remote_id = models.CharField(max_length=64, blank=True, default="")
    remote_email = models.CharField(
        max_length=320, blank=True, default="", help_text="How they are known there."
    )
    observed = models.JSONField(default=dict, blank=True, help_text="What we last found or left there.")
    observed_at = models.DateTimeField(null=True, blank=True)
    suspect = models.BooleanField(
        default=False, help_text="A late call may have changed it there; the next run repeats every step."
    )
    applied_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="When a snooze ends by itself; empty: until somebody releases it."
    )

    staff_hold = models.BooleanField(
        default=False, help_text="Staff hold this person: nothing is given until released, only taken."
    )
    held_plans = ArrayField(
        models.SlugField(max_length=64), default=list, blank=True,
        help_text="Plans whose removal is held: they count as still granted here.",
    )  # fmt: skip
    held_refs = models.JSONField(
        default=dict, blank=True, help_text="Groups and spaces whose removal is held, after a new mapping."
    )
    suppressed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the provider told us not to write to them; no run changes it."
    )

    class Meta:
        ordering = ("id",)
        permissions = [
            ("replay_sync", "Can replay a failed sync"),
            ("bulk_replay_sync", "Can replay the failed syncs and events of many people at once"),
            ("hold_sync", "Can hold, snooze, ignore and release syncs"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "connection"], name="sync_one_per_connection"),
            models.CheckConstraint(name="sync_status_known", condition=Q(status__in=SyncStatus.values)),
            models.CheckConstraint(name="sync_priority_known", condition=Q(priority__in=SyncPriority.values)),
            models.CheckConstraint(
                name="sync_applied_not_ahead", condition=Q(applied_version__lte=F("desired_version"))
            ),
            # Due exactly when somebody should pick it up.
            models.CheckConstraint(
                name="sync_due_iff_waiting",
                condition=Q(status__in=WAITING, due_at__isnull=False)
                | (~Q(status__in=WAITING) & Q(due_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="sync_leased_iff_running",
                condition=Q(status=SyncStatus.RUNNING, lease_until__isnull=False)
                | (~Q(status=SyncStatus.RUNNING) & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="sync_in_sync_means_applied",
                condition=~Q(status=SyncStatus.IN_SYNC) | Q(applied_version=F("desired_version")),
            ),
            models.CheckConstraint(
                name="sync_stuck_has_reason", condition=~Q(status__in=STUCK) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="sync_hold_reason_known",
                condition=~Q(status=SyncStatus.ON_HOLD) | Q(reason__in=HoldReason.values),
            ),
            models.CheckConstraint(
                name="sync_held_until_only_snoozed",
                condition=Q(held_until__isnull=True)
                | Q(status=SyncStatus.ON_HOLD, reason=HoldReason.SNOOZED),
            ),
            # A person whom staff hold is never in sync, so that the hold cannot be forgotten.
            models.CheckConstraint(
                name="sync_held_by_staff_is_marked",
                condition=(
                    ~Q(status=SyncStatus.ON_HOLD, reason=HoldReason.HELD_BY_STAFF) | Q(staff_hold=True)
                )
                & (~Q(status=SyncStatus.IN_SYNC) | Q(staff_hold=False)),
            ),
            # What is held at the destination is not as desired there.
            models.CheckConstraint(
                name="sync_in_sync_holds_nothing_back",
                condition=~Q(status=SyncStatus.IN_SYNC) | Q(held_plans=[], held_refs={}),
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "priority", "due_at"], name="sync_due", condition=Q(status__in=WAITING)
            ),
            models.Index(
                fields=["connection", "lease_until"],
                name="sync_leased",
                condition=Q(lease_until__isnull=False),
            ),
            models.Index(fields=["status", "-id"], name="sync_by_status"),
            # Few rows: whose they are is read from the index alone.
            models.Index(
                fields=["status", "customer"],
                name="sync_unsettled",
                condition=~Q(status=SyncStatus.IN_SYNC),
            ),
            models.Index(
                fields=["connection", "due_since"],
                name="sync_not_equal_since",
                condition=Q(status__in=NOT_EQUAL, due_since__isnull=False),
            ),
            # Few rows: shadow mode, which may hold everybody, is left out.
            models.Index(
                fields=["connection", "due_since"],
                name="sync_held",
                condition=Q(status=SyncStatus.ON_HOLD) & ~Q(reason=HoldReason.SHADOW),
            ),
            # Few rows each: the mass-removal guard looks for them at each person.
            models.Index(
                fields=["connection"], name="sync_holds_back", condition=~Q(held_plans=[]) | ~Q(held_refs={})
            ),
            models.Index(
                fields=["bulk_removal_at"],
                name="sync_bulk_removals",
                condition=Q(bulk_removal_at__isnull=False),
            ),
            models.Index(
                fields=["held_until"], name="sync_snoozed_until", condition=Q(held_until__isnull=False)
            ),
            models.Index(
                fields=["connection", "remote_id"], name="sync_by_remote", condition=~Q(remote_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"sync {self.pk}"

    @property
    def gets_no_mail(self) -> bool:
        """The provider does not write to them: it told us so, or the last run found it."""
        return self.suppressed_at is not None or bool(self.observed.get("suppressed"))
