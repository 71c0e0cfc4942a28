"""Alerts: what is wrong now, then what was. Nobody edits them: they close themselves."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from customers.models import Customer
from support.admin import links
from support.admin.naming import NamesPeople
from support.models import Alert, Severity
from support.screen import pills
from support.screen.moments import moment
from support.screen.pills import NOTHING, Tone

SHOWN = 50


class Now(admin.SimpleListFilter):
    """What is wrong now, or what was."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("over", "Over")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() not in ("open", "over"):
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "open")


@admin.register(Alert)
class AlertAdmin(NamesPeople):
    nothing = "Nothing is wrong, and nothing was. What fails is told here, by mail and by webhook."
    lead = "What is wrong, for whom, and what to do. An alert closes itself when its cause is gone."
    list_display = ("kind", "state", "said", "waiting", "opened", "told")
    list_filter = (Now, "kind")
    fields = (
        "kind", "state", "severity", "what", "next_step", "page", "people_count", "people", "opened_at",
        "last_seen_at", "closed_at", "notified_at", "sent", "key",
    )  # fmt: skip
    readonly_fields = ("state", "page", "people", "sent")

    def row_title(self, row: Alert) -> str:
        return row.get_kind_display()

    @admin.display(description="status")
    def state(self, alert: Alert) -> SafeString:
        if alert.closed_at is not None:
            return pills.pill("Over", Tone.QUIET)
        return pills.pill("Open", Tone.BAD if alert.severity == Severity.CRITICAL else Tone.WARN)

    @admin.display(description="what, and what to do")
    def said(self, alert: Alert) -> SafeString:
        more = format_html(' <a href="{}">Look there</a>', alert.path) if alert.closed_at is None else ""
        return format_html('{}<span class="sub">{}{}</span>', alert.what, alert.next_step, more)

    @admin.display(description="people")
    def waiting(self, alert: Alert) -> str:
        return f"{alert.people_count:,}" if alert.people_count else NOTHING

    @admin.display(description="opened")
    def opened(self, alert: Alert) -> SafeString | str:
        return moment(alert.opened_at, now=timezone.now())

    @admin.display(description="told")
    def told(self, alert: Alert) -> SafeString | str:
        return moment(alert.notified_at, now=timezone.now()) or NOTHING

    @admin.display(description="where to look")
    def page(self, alert: Alert) -> SafeString:
        return format_html('<a href="{}">{}</a>', alert.path, alert.path)

    @admin.display(description="who")
    def people(self, alert: Alert) -> SafeString | str:
        found = Customer.objects.filter(pk__in=alert.customer_ids[:SHOWN])
        return format_html_join(", ", "{}", ((links.to_customer(each),) for each in found)) or NOTHING

    @admin.display(description="who")
    def people_numbers(self, alert: Alert) -> str:
        return ", ".join(f"customer {pk}" for pk in alert.customer_ids[:SHOWN]) or NOTHING

    @admin.display(description="messages")
    def sent(self, alert: Alert) -> SafeString | str:
        lines = [
            (each.get_occasion_display(), each.get_channel_display(), each.sent_at or each.error or "waits")
            for each in alert.messages.all()
        ]
        return format_html_join("; ", "{} by {}: {}", lines) or NOTHING
