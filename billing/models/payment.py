"""Money that moved: one row per payment, whoever told us of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from billing.models.stripe_customer import StripeCustomer


class PaymentStatus(models.TextChoices):
    """What became of the payment itself; refunds and disputes are columns beside it."""

    PENDING = "pending", "Pending"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"


class Payment(models.Model):
    """Facts of one payment, keyed by its payment intent (else its charge, else its invoice).

    `prices` names what a one-time purchase bought; empty for payments of a subscription.
    Amounts are in minor units of `currency`.
    """

    stripe_id = models.CharField(max_length=255, unique=True, help_text="pi_, else ch_, else in_.")
    customer = models.ForeignKey(
        "customers.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    stripe_customer = models.ForeignKey(
        StripeCustomer, null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    status = models.CharField(max_length=12, choices=PaymentStatus)
    currency = models.CharField(max_length=3, blank=True, default="")
    amount_received = models.PositiveBigIntegerField(default=0)
    amount_refunded = models.PositiveBigIntegerField(default=0)
    amount_lost = models.PositiveBigIntegerField(default=0, help_text="Taken by lost disputes.")
    open_dispute = models.BooleanField(default=False)
    refund_failed = models.BooleanField(default=False)
    invoice = models.CharField(max_length=255, blank=True, default="")
    subscription = models.CharField(max_length=255, blank=True, default="")
    checkout_session = models.CharField(max_length=255, blank=True, default="")
    charge = models.CharField(max_length=255, blank=True, default="")
    raw_prices = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    prices = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When nothing of the money was left.")
    read_started_at = models.DateTimeField(help_text="Database clock; an older read never overwrites.")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(name="payment_id_given", condition=~Q(stripe_id="")),
            models.CheckConstraint(name="payment_status_known", condition=Q(status__in=PaymentStatus.values)),
            models.CheckConstraint(
                name="payment_succeeded_iff_dated",
                condition=Q(status=PaymentStatus.SUCCEEDED, paid_at__isnull=False)
                | (~Q(status=PaymentStatus.SUCCEEDED) & Q(paid_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="payment_refund_within_received",
                condition=Q(amount_refunded__lte=F("amount_received")),
            ),
            # A payment that a subscription owns is never a purchase.
            models.CheckConstraint(
                name="payment_of_subscription_buys_nothing",
                condition=Q(subscription="") | Q(prices=[], raw_prices=[]),
            ),
        ]
        indexes = [
            models.Index(fields=["subscription"], name="payment_by_subscription"),
            models.Index(fields=["invoice"], name="payment_by_invoice"),
            models.Index(fields=["charge"], name="payment_by_charge"),
        ]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def net(self) -> int:
        """What the merchant still holds of it, in minor units; never below zero."""
        return max(0, self.amount_received - self.amount_refunded - self.amount_lost)
