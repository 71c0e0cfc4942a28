"""A person: who they are and what they amount to now."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from customers.models.plan import Plan
from customers.vocabulary import LONGEST_FLAG, Status, SupportTier


class Customer(models.Model):
    """One normalised e-mail is one person; without one, the Stripe customer is the key.

    The state columns are written by `customers.lifecycle.recompute` and by nothing else.
    """

    email = models.CharField(max_length=320, blank=True, default="")
    stripe_key = models.CharField(
        max_length=255, blank=True, default="", help_text="The Stripe customer that stands in for an e-mail."
    )
    name = models.CharField(max_length=255, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166-1 alpha-2.")
    country_by_staff = models.BooleanField(
        db_default=False,
        default=False,
        help_text="Staff chose the country: what Stripe says does not change it.",
    )
    country_raw = models.CharField(max_length=120, blank=True, default="")
    external_id = models.CharField(
        max_length=255, blank=True, default="", help_text="client_reference_id of the checkout."
    )

    status = models.CharField(max_length=16, choices=Status, default=Status.LEAD)
    has_access = models.BooleanField(default=False)
    access_until = models.DateTimeField(null=True, blank=True)
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    interval = models.CharField(max_length=32, blank=True, default="")
    support_tier = models.CharField(max_length=16, choices=SupportTier, default=SupportTier.COMMUNITY)
    grants = ArrayField(models.SlugField(max_length=64), default=list, blank=True)
    flags = ArrayField(models.CharField(max_length=LONGEST_FLAG), default=list, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveBigIntegerField(default=0)
    fingerprint = models.CharField(max_length=64, blank=True, default="")

    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        permissions = [
            ("reread_customer", "Can read a customer again from Stripe"),
            ("extend_grace", "Can extend the access of a customer by up to 7 days"),
            ("export_customer", "Can export customers"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["email"], name="customer_one_per_email", condition=~Q(email="")),
            models.UniqueConstraint(
                fields=["stripe_key"], name="customer_one_per_stripe_key", condition=~Q(stripe_key="")
            ),
            models.CheckConstraint(
                name="customer_has_a_key",
                condition=~Q(email="") | ~Q(stripe_key="") | Q(erased_at__isnull=False),
            ),
            models.CheckConstraint(name="customer_status_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="customer_support_tier_known", condition=Q(support_tier__in=SupportTier.values)
            ),
            models.CheckConstraint(
                name="customer_staff_chose_a_country", condition=Q(country_by_staff=False) | ~Q(country="")
            ),
            # Access comes from at least one plan, and a plan that is granted is access.
            models.CheckConstraint(
                name="customer_access_iff_granted",
                condition=Q(has_access=True, grants__len__gt=0) | Q(has_access=False, grants__len=0),
            ),
            models.CheckConstraint(
                name="customer_until_only_with_access",
                condition=Q(access_until__isnull=True) | Q(has_access=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"], name="customer_due", condition=Q(next_check_at__isnull=False)
            ),
            models.Index(fields=["status", "-id"], name="customer_by_status"),
            models.Index(fields=["plan", "-id"], name="customer_by_plan"),
            # Two filters that hardly anybody passes together, such as canceled and with access.
            models.Index(fields=["status", "has_access", "-id"], name="customer_by_status_and_access"),
            models.Index(fields=["plan", "status", "-id"], name="customer_by_plan_and_status"),
            models.Index(fields=["plan", "has_access", "-id"], name="customer_by_plan_and_access"),
            models.Index(OpClass(Upper("name"), name="text_pattern_ops"), name="customer_by_name"),
            models.Index(OpClass(Upper("email"), name="text_pattern_ops"), name="customer_by_email"),
            GinIndex(SearchVector("name", config="simple"), name="customer_by_name_words"),
        ]

    def __str__(self) -> str:
        return f"customer {self.pk}"

    def label(self) -> str:
        """What staff read; personal, so for screens only, never for logs."""
        return self.name or self.email or self.stripe_key or f"customer {self.pk}"
