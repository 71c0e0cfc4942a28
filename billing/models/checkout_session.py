"""A checkout session as last read at Stripe."""

from django.db import models
from django.db.models import Q

from billing.models.stripe_customer import StripeCustomer


class CheckoutSession(models.Model):
    """Facts of one checkout: it names the person of a guest purchase. Completed is not paid."""

    stripe_id = models.CharField(max_length=255, unique=True)
    customer = models.ForeignKey(
        "customers.Customer",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="checkout_sessions",
    )
    stripe_customer = models.ForeignKey(
        StripeCustomer, null=True, blank=True, on_delete=models.PROTECT, related_name="checkout_sessions"
    )
    mode = models.CharField(max_length=32)
    status = models.CharField(max_length=32)
    payment_status = models.CharField(max_length=32)
    subscription = models.CharField(max_length=255, blank=True, default="")
    payment_intent = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True, help_text="First seen complete.")
    read_started_at = models.DateTimeField(help_text="Database clock; an older read never overwrites.")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(name="checkout_session_id_given", condition=~Q(stripe_id="")),
        ]
        indexes = [
            models.Index(fields=["payment_intent"], name="checkout_by_payment_intent"),
            models.Index(fields=["subscription"], name="checkout_by_subscription"),
        ]

    def __str__(self) -> str:
        return self.stripe_id
