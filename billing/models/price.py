"""Which price sells which plan."""

from django.db import models
from django.db.models import Q

from customers.models import Plan


class Price(models.Model):
    """A Stripe price. Mapped to a plan by the catalogue; unmapped ones wait on the review list."""

    stripe_id = models.CharField(max_length=255, unique=True)
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="prices")
    interval = models.CharField(
        max_length=32, blank=True, default="", help_text="monthly, yearly, one_time ..."
    )
    amount = models.BigIntegerField(null=True, blank=True, help_text="Minor units.")
    currency = models.CharField(max_length=3, blank=True, default="")
    label = models.CharField(
        max_length=255, blank=True, default="", help_text="Nickname or product at Stripe."
    )

    class Meta:
        ordering = ("stripe_id",)
        constraints = [models.CheckConstraint(name="price_id_given", condition=~Q(stripe_id=""))]

    def __str__(self) -> str:
        return self.stripe_id
