"""What is sold: a plan, and the other names it goes by."""

from django.db import models
from django.db.models import Q

from customers.vocabulary import SupportTier


class Plan(models.Model):
    """One thing a customer can hold. The highest rank leads."""

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    rank = models.PositiveIntegerField(default=0)
    support_tier = models.CharField(max_length=16, choices=SupportTier, default=SupportTier.COMMUNITY)
    grace_days = models.PositiveSmallIntegerField(default=7, help_text="Days of access while past due.")
    trial_access = models.BooleanField(default=True)

    class Meta:
        ordering = ("-rank", "slug")
        constraints = [
            models.CheckConstraint(name="plan_slug_given", condition=~Q(slug="")),
            models.CheckConstraint(name="plan_name_given", condition=~Q(name="")),
            models.CheckConstraint(
                name="plan_support_tier_known", condition=Q(support_tier__in=SupportTier.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlanAlias(models.Model):
    """Another name of a plan, folded by `normalise.plan_name`; matched exactly, never by likeness."""

    alias = models.CharField(max_length=120, unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name_plural = "plan aliases"
        constraints = [models.CheckConstraint(name="plan_alias_given", condition=~Q(alias=""))]

    def __str__(self) -> str:
        return self.alias
