"""What one purchase gives."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from customers.models.customer import Customer
from customers.models.plan import Plan
from customers.vocabulary import ENDED, LIVING, EndReason, Source, Status

STATES = (*LIVING, *ENDED)
_ORDER = {status: len(STATES) - place for place, status in enumerate(STATES)}


class Entitlement(models.Model):
    """What one subscription, purchase or override gives a person: one row per plan in it.

    Written by billing from facts read at Stripe, or by an override; never edited by hand.
    `plan` is empty while the price is not mapped: then it gives nothing.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="entitlements")
    source = models.CharField(max_length=16, choices=Source)
    subject = models.CharField(max_length=255, help_text="sub_, pi_, in_ or override:<id>.")
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, choices=Status)
    since = models.DateTimeField(help_text="When this state began.")
    starts_at = models.DateTimeField(help_text="When it first gave something.")
    past_due_since = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="A scheduled end.")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=16, choices=EndReason, blank=True, default="")
    interval = models.CharField(max_length=32, blank=True, default="")
    flags = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["subject", "plan"], name="entitlement_one_per_subject_and_plan"),
            models.UniqueConstraint(
                fields=["subject"], name="entitlement_one_without_plan", condition=Q(plan__isnull=True)
            ),
            models.CheckConstraint(name="entitlement_source_known", condition=Q(source__in=Source.values)),
            models.CheckConstraint(name="entitlement_state_known", condition=Q(state__in=STATES)),
            models.CheckConstraint(name="entitlement_subject_given", condition=~Q(subject="")),
            models.CheckConstraint(
                name="entitlement_end_reason_known", condition=Q(end_reason__in=EndReason.values)
            ),
            models.CheckConstraint(
                name="entitlement_ended_iff_end_state",
                condition=Q(state__in=ENDED, ended_at__isnull=False)
                | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="entitlement_past_due_has_start",
                condition=~Q(state=Status.PAST_DUE) | Q(past_due_since__isnull=False),
            ),
            models.CheckConstraint(
                name="entitlement_override_names_plan",
                condition=~Q(source=Source.OVERRIDE) | Q(plan__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def lives(self) -> bool:
        return self.state in LIVING

    def grace_ends_at(self) -> datetime | None:
        """When a past due plan stops giving access (UTC); None when it is not past due."""
        if self.state != Status.PAST_DUE or self.past_due_since is None or self.plan is None:
            return None
        return self.past_due_since + timedelta(days=self.plan.grace_days)

    def gives_access(self, now: datetime) -> bool:
        """Whether it lets the person in at `now`. Pure."""
        if self.plan is None:
            return False
        if self.source == Source.OVERRIDE:
            return self.lives and (self.ends_at is None or now < self.ends_at)
        if self.state == Status.TRIALING:
            return self.plan.trial_access
        if self.state == Status.PAST_DUE:
            grace_end = self.grace_ends_at()
            return grace_end is not None and now < grace_end
        return self.state in (Status.ACTIVE, Status.PAID_IN_FULL)

    def access_until(self, now: datetime) -> datetime | None:
        """The known end of the access it gives now; None when open-ended or when it gives none."""
        if not self.gives_access(now):
            return None
        return min(filter(None, (self.grace_ends_at(), self.ends_at)), default=None)

    def changes_at(self, now: datetime) -> datetime | None:
        """When the clock alone will change what it gives: the end of grace or of an override."""
        if not self.gives_access(now):
            return None
        return self.ends_at if self.source == Source.OVERRIDE else self.grace_ends_at()

    def standing(self) -> tuple[bool, int, int, float, str, str]:
        """Sort key: the largest leads. Living before ended, then plan rank, then state; ended by date.

        It ends with the entitlement's own key, so that there is always one answer.
        """
        own = (self.subject, self.plan.slug if self.plan else "")
        if self.lives:
            rank = self.plan.rank if self.plan else 0
            return (True, rank, _ORDER[Status(self.state)], -self._started(), *own)
        return (False, 0, 0, self.ended_at.timestamp() if self.ended_at else 0.0, *own)

    def _started(self) -> float:
        return self.starts_at.timestamp()
