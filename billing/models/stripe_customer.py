"""A customer object at Stripe, and the person it belongs to."""

from django.db import models
from django.db.models import Q


class StripeCustomer(models.Model):
    """Facts of one Stripe customer as last read. It stays linked to its person for good."""

    stripe_id = models.CharField(max_length=255, unique=True)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="stripe_customers"
    )
    email = models.CharField(max_length=512, blank=True, default="", help_text="As Stripe has it.")
    livemode = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    read_started_at = models.DateTimeField(help_text="Database clock; an older read never overwrites.")
    reread_at = models.DateTimeField(
        null=True, blank=True, help_text="Somebody asked to read all that it holds again; due then."
    )
    reread_problem = models.CharField(
        max_length=64, blank=True, default="", help_text="Why the last such read did not work, as a code."
    )

    class Meta:
        ordering = ("-id",)
        verbose_name = "Stripe customer"
        constraints = [models.CheckConstraint(name="stripe_customer_id_given", condition=~Q(stripe_id=""))]
        indexes = [
            models.Index(
                fields=["reread_at"], name="stripe_customer_reread", condition=Q(reread_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.stripe_id
