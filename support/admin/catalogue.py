"""Plans, aliases, prices and mappings: loaded from the catalogue file, so here to look at."""

import json
from typing import Any

from django.contrib import admin

from billing.models import Price
from customers.models import Plan, PlanAlias
from integrations.models import PlanMapping
from support.admin.readonly import ReadOnly
from support.screen.pills import NOTHING

LEAD = "Loaded from the catalogue file: change it there and run load_catalog."


@admin.register(Plan)
class PlanAdmin(ReadOnly):
    lead = LEAD
    list_display = ("name", "slug", "rank", "support_tier", "grace_days", "trial_access")


@admin.register(PlanAlias)
class PlanAliasAdmin(ReadOnly):
    lead = LEAD
    list_display = ("alias", "plan")
    list_select_related = ("plan",)


@admin.register(Price)
class PriceAdmin(ReadOnly):
    lead = LEAD
    list_display = ("stripe_id", "plan", "interval", "money", "label")
    list_filter = ("plan",)
    list_select_related = ("plan",)
    search_fields = ("stripe_id__startswith",)

    @admin.display(description="amount")
    def money(self, price: Price) -> str:
        return f"{price.amount / 100:,.2f} {price.currency.upper()}" if price.amount is not None else NOTHING


@admin.register(PlanMapping)
class PlanMappingAdmin(ReadOnly):
    heading = "Plans and mapping"
    lead = LEAD
    list_display = ("plan", "connection", "gives")
    list_select_related = ("plan", "connection")

    @admin.display(description="gives")
    def gives(self, mapping: PlanMapping) -> str:
        options: dict[str, Any] = mapping.options
        return "; ".join(f"{key}: {json.dumps(value)}" for key, value in options.items()) or "nothing"
