"""Customers in the admin: the list, the search, and the door to the customer screen."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.models import StripeEvent
from customers.models import Customer
from support.admin import customer_screen, customer_urls
from support.admin.filters import SyncHealth
from support.admin.readonly import ReadOnly
from support.screen import finding, pills
from support.screen.holdings import interval_in_words
from support.screen.moments import moment
from support.screen.naming import place_of
from support.screen.pills import NOTHING
from support.screen.standing import stands, with_syncs


@admin.register(Customer)
class CustomerAdmin(ReadOnly):
    """The engine owns every column; staff look, and act through the screen's buttons."""

    list_display = ("person", "state", "holds", "access", "destinations", "since")
    list_display_links = None
    list_filter = ("status", "plan", "has_access", SyncHealth)
    list_select_related = ("plan",)
    ordering = ("-id",)
    search_fields = ("email",)
    search_help_text = "E-mail, name or Stripe id"

    def row_title(self, row: Customer) -> str:
        return row.label()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_syncs(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the beginning of the e-mail or of any words of the name: all of it has an index."""
        return finding.by_beginnings(queryset, search_term.strip()), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Somebody's whole e-mail or a Stripe id in the search box jumps to them."""
        term = request.GET.get("q", "").strip()
        if term and self.has_view_permission(request):
            if finding.is_stripe_id(term):
                return self._jump(request, term)
            customer_id = finding.of_email(term)
            if customer_id:
                return redirect("admin:customers_customer_change", customer_id)
        return super().changelist_view(request, {"title": "Customers", **(extra_context or {})})

    def _jump(self, request: HttpRequest, stripe_id: str) -> HttpResponse:
        customer_id = finding.customer_of(stripe_id)
        if customer_id:
            return redirect("admin:customers_customer_change", customer_id)
        event_id = StripeEvent.objects.filter(event_id=stripe_id).values_list("pk", flat=True).first()
        if event_id and request.user.has_perm("billing.view_stripeevent"):
            return redirect("admin:billing_stripeevent_change", event_id)
        messages.warning(request, f"Nobody is known by {stripe_id}.")
        return HttpResponseRedirect(reverse("admin:customers_customer_changelist"))

    def get_urls(self) -> list[URLPattern]:
        return [*customer_urls.patterns(self.admin_site), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Our own screen at the stock address."""
        return customer_screen.show(request, object_id)

    @admin.display(description="person")
    def person(self, customer: Customer) -> SafeString:
        return format_html(
            '<a href="{}">{}</a><span class="sub">{}</span>',
            reverse("admin:customers_customer_change", args=[customer.pk]),
            customer.label(),
            customer.email if customer.name else "",
        )

    @admin.display(description="status")
    def state(self, customer: Customer) -> SafeString:
        return pills.status_pill(customer.status)

    @admin.display(description="plan")
    def holds(self, customer: Customer) -> str:
        parts = [customer.plan.name if customer.plan else "", interval_in_words(customer.interval)]
        return " · ".join(filter(None, parts)) or NOTHING

    @admin.display(description="access")
    def access(self, customer: Customer) -> SafeString:
        """As the screen says it: what Circle is known to hold beside what we decided."""
        found, until = stands(customer), customer.access_until
        said = [found.sentence.strip()] if not found.agrees else []
        said += [format_html("until {}", moment(until, now=timezone.now()))] if until else []
        lines = format_html_join("", '<span class="sub">{}</span>', ((each,) for each in said))
        return format_html("{}{}", pills.pill(found.word, found.tone), lines)

    @admin.display(description="destinations")
    def destinations(self, customer: Customer) -> SafeString | str:
        each = ((place_of(sync.connection), pills.sync_pill(sync.status)) for sync in customer.syncs.all())
        return format_html_join(" ", '<span class="nowrap">{} {}</span>', each) or NOTHING

    @admin.display(description="created")
    def since(self, customer: Customer) -> SafeString:
        return moment(customer.created_at, now=timezone.now())
