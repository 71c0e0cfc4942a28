"""Stripe events: the inbox, its dead letters, the redacted body, and replay."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import StripeEvent
from billing.models.stripe_event import REVIVABLE
from support.admin import links
from support.admin.naming import NamesPeople
from support.admin.replaying import Replayable, ReplayForm, replay_events
from support.admin.row import RowAction
from support.desks.causes import EVENT_WORDS
from support.screen import pills
from support.screen.moments import moment
from support.screen.payload import redacted
from support.screen.pills import NOTHING


@admin.register(StripeEvent)
class StripeEventAdmin(NamesPeople, Replayable):
    lead = "Every verified delivery, stored before it was answered."
    nothing = "Stripe has sent nothing yet. Add our address as a webhook endpoint there; the README says how."
    list_display = ("type", "state", "why", "person", "received", "event_id")
    list_filter = ("status",)
    list_select_related = ("customer",)
    ordering = ("-id",)
    search_fields = ("event_id",)
    search_help_text = "evt_ id, or the id of the object"
    actions = ("replay",)
    action_form = ReplayForm
    fields = (
        "event_id", "type", "state", "why", "person", "root", "created", "received_at", "processed_at",
        "next_try", "attempt_count", "api_version", "livemode", "account", "payload",
    )  # fmt: skip
    readonly_fields = ("state", "why", "person", "next_try", "payload")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("body") if match and (match.url_name or "").endswith("changelist") else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if term.startswith("evt_"):
            return queryset.filter(event_id=term), False
        return (queryset.filter(object_id=term) if term else queryset), False

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.replay_stripeevent")

    @admin.action(description="Replay", permissions=["replay"])
    def replay(self, request: HttpRequest, events: QuerySet[StripeEvent]) -> HttpResponse | None:
        return replay_events(request, events)

    def row_action(self, request: HttpRequest, row: Model) -> RowAction | None:
        assert isinstance(row, StripeEvent)
        if row.status not in REVIVABLE or not self.has_replay_permission(request):
            return None
        return RowAction("replay", "Replay", "would read again at Stripe what it spoke of; mails: 0")

    @admin.display(description="status")
    def state(self, event: StripeEvent) -> SafeString:
        return pills.event_pill(event.status, event.reason)

    @admin.display(description="reason")
    def why(self, event: StripeEvent) -> str:
        return EVENT_WORDS.get(event.reason) or event.reason.replace("_", " ") or NOTHING

    @admin.display(description="person")
    def person(self, event: StripeEvent) -> SafeString | str:
        return links.to_customer(event.customer)

    @admin.display(description="received")
    def received(self, event: StripeEvent) -> SafeString:
        return moment(event.received_at, now=timezone.now())

    @admin.display(description="next try")
    def next_try(self, event: StripeEvent) -> SafeString:
        return moment(event.due_at, now=timezone.now())

    @admin.display(description="body, redacted")
    def payload(self, event: StripeEvent) -> SafeString:
        return format_html('<pre class="payload">{}</pre>', redacted(event.body))
