"""Plans, aliases and prices, loaded from the catalogue file and here to look at; mappings have their desk."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from billing.models import Price
from customers.models import Plan, PlanAlias
from integrations.models import PlanMapping
from support.admin import mapping
from support.admin.readonly import ReadOnly
from support.money import in_units
from support.screen.naming import place_of
from support.screen.pills import NOTHING

LEAD = "Loaded from the catalogue file: change it there and run load_catalog."
PRICES = (
    "What each price at Stripe buys. Loaded from the catalogue file; an unknown price is asked about in the "
    "review list, and mapped there."
)
INTERVALS = {"one_time": "once", "monthly": "every month", "yearly": "every year"}


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
    lead = PRICES
    list_display = ("stripe_id", "plan", "money", "how_often", "label")
    list_filter = ("plan",)
    list_select_related = ("plan",)
    search_fields = ("stripe_id__startswith",)
    fields = list_display
    readonly_fields = ("money", "how_often")

    @admin.display(description="paid")
    def how_often(self, price: Price) -> str:
        return INTERVALS.get(price.interval, price.interval.replace("_", " "))

    @admin.display(description="amount")
    def money(self, price: Price) -> str:
        return in_units(price.amount, price.currency) if price.amount is not None else NOTHING


@admin.register(PlanMapping)
class PlanMappingAdmin(ReadOnly):
    """Our own page at the stock address; one row is still to look at, with its ids."""

    lead = "The page Plans and mapping shows this by name, and changes it."

    def row_title(self, row: PlanMapping) -> str:
        return f"{row.plan.name} at {place_of(row.connection)}"

    def get_urls(self) -> list[URLPattern]:
        edit = path(
            "<int:plan_id>/at/<int:connection_id>/",
            self.admin_site.admin_view(mapping.edit),
            name="integrations_planmapping_edit",
        )
        return [edit, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return mapping.show(request)
