"""A subscription as last read at Stripe."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from billing.models.stripe_customer import StripeCustomer


class SubscriptionStatus(models.TextChoices):
    """Stripe's own words (stripe-python 16.1.0, Subscription.status)."""

    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"
    UNPAID = "unpaid"
    PAUSED = "paused"


TERMINAL = (SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED)

# A signup that never became anything: it gives nothing and is no headline.
NEVER_BEGUN = (SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE_EXPIRED)


class Subscription(models.Model):
    """Facts of one subscription: `raw_*` is what Stripe says, the rest what we last understood."""

    stripe_id = models.CharField(max_length=255, unique=True)
    stripe_customer = models.ForeignKey(
        StripeCustomer, on_delete=models.PROTECT, related_name="subscriptions"
    )
    raw_status = models.CharField(max_length=64)
    status = models.CharField(max_length=20, choices=SubscriptionStatus)
    raw_prices = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    prices = ArrayField(
        models.CharField(max_length=255), default=list, blank=True, help_text="The last prices we could map."
    )
    amount = models.BigIntegerField(default=0, help_text="Minor units per period, all items.")
    currency = models.CharField(max_length=3, blank=True, default="")
    started_at = models.DateTimeField()
    status_since = models.DateTimeField()
    current_period_end = models.DateTimeField(null=True, blank=True)
    trial_start = models.DateTimeField(null=True, blank=True)
    trial_end = models.DateTimeField(null=True, blank=True)
    cancel_at = models.DateTimeField(
        null=True, blank=True, help_text="A scheduled end, however Stripe says it."
    )
    canceled_at = models.DateTimeField(
        null=True, blank=True, help_text="When the cancellation was asked for."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=64, blank=True, default="", help_text="Stripe's reason.")
    collection_paused = models.BooleanField(default=False)
    change_pending = models.BooleanField(default=False)
    past_due_since = models.DateTimeField(null=True, blank=True, help_text="Of the oldest open invoice.")
    latest_invoice = models.CharField(max_length=255, blank=True, default="")
    doubt = models.CharField(max_length=120, blank=True, default="", help_text="What we did not understand.")
    read_started_at = models.DateTimeField(help_text="Database clock; an older read never overwrites.")
    reread_at = models.DateTimeField(null=True, blank=True, help_text="A date Stripe owns: read again then.")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(name="subscription_id_given", condition=~Q(stripe_id="")),
            models.CheckConstraint(
                name="subscription_status_known", condition=Q(status__in=SubscriptionStatus.values)
            ),
            models.CheckConstraint(
                name="subscription_ended_iff_canceled",
                condition=Q(status=SubscriptionStatus.CANCELED, ended_at__isnull=False)
                | (~Q(status=SubscriptionStatus.CANCELED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="subscription_terminal_not_reread",
                condition=~Q(status__in=TERMINAL) | Q(reread_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["reread_at"], name="subscription_reread", condition=Q(reread_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id
