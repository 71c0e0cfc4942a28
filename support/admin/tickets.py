"""Tickets in the admin: the queue, and the doors to a ticket's page and to a new one."""

from typing import Any

from django.contrib import admin
from django.db.models import OrderBy, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from support.admin import links, new_ticket, ticket_acts, ticket_page
from support.admin.readonly import ReadOnly
from support.models import Ticket
from support.screen import pills
from support.screen.moments import moment
from support.screen.pills import NOTHING
from support.templatetags.tickets import ticket_pill
from support.tickets import queue
from support.tickets.failures import failures
from support.tickets.money import in_words
from support.tickets.page import syncs_of, welcomes_of
from support.tickets.tags import tags_of

NONE = format_html('<span class="none">{}</span>', NOTHING)  # left out on a phone


class Show(admin.SimpleListFilter):
    """Open ones, unless asked otherwise."""

    title = "show"
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, label in queue.SHOW.items() if value != "open"]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": queue.SHOW["open"]}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queue.shown(queryset, self.value() or "open", to=request.user.pk or 0)


@admin.register(Ticket)
class TicketAdmin(ReadOnly):
    """Rows are changed by the acts of a ticket's page only."""

    lead = "Blocked access first, then money, then age. Plan, payment and access are as they are now."
    list_display = ("ticket", "person", "now", "trouble", "pays", "looked_after_by", "state", "opened")
    list_display_links = None
    list_filter = (Show,)
    search_fields = ("email",)
    search_help_text = "Number, whole e-mail, or name"
    change_list_template = "support/tickets/queue.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return queue.with_people(Ticket.objects.all())

    def get_ordering(self, request: HttpRequest) -> list[OrderBy]:  # type: ignore[override]
        return list(queue.NEWEST_CLOSED if request.GET.get("show") in ("closed", "all") else queue.ORDER)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return queue.found(queryset, search_term), False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return request.user.has_perm("support.add_ticket")

    def get_urls(self) -> list[URLPattern]:
        acts = [
            path(
                f"<int:ticket_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(view),
                name=f"support_ticket_{name}",
            )
            for name, view in ticket_acts.VIEWS.items()
        ]
        return [*acts, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our own form at the stock address."""
        return new_ticket.show(request, self)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Our own page at the stock address."""
        return ticket_page.show(request, object_id, self)

    @admin.display(description="ticket")
    def ticket(self, ticket: Ticket) -> SafeString:
        return format_html(
            '<a href="{}">{}</a><span class="sub">#{}</span>',
            reverse("admin:support_ticket_change", args=[ticket.pk]),
            ticket.subject,
            ticket.pk,
        )

    @admin.display(description="person")
    def person(self, ticket: Ticket) -> SafeString:
        return format_html(
            '{}<span class="sub">{}</span>', links.to_customer(ticket.customer), ticket.get_match_display()
        )

    @admin.display(description="now")
    def now(self, ticket: Ticket) -> SafeString:
        syncs, welcomes = syncs_of(ticket.customer), welcomes_of(ticket.customer)
        found = tags_of(ticket, syncs, welcomes)
        return format_html_join(" ", "{}", ((pills.pill(each.word, each.tone),) for each in found))

    @admin.display(description="what fails")
    def trouble(self, ticket: Ticket) -> SafeString | str:
        found = failures(syncs_of(ticket.customer))
        lines = ((each.place, each.why) for each in found)
        return format_html_join("", "<b>{}</b> {}<br>", lines) or NONE

    @admin.display(description="pays")
    def pays(self, ticket: Any) -> SafeString | str:
        return in_words(ticket) or NONE

    @admin.display(description="assignee")
    def looked_after_by(self, ticket: Ticket) -> str:
        return ticket.assignee.get_username() if ticket.assignee else "nobody"

    @admin.display(description="status")
    def state(self, ticket: Ticket) -> SafeString:
        return ticket_pill(ticket.status)

    @admin.display(description="opened")
    def opened(self, ticket: Ticket) -> SafeString:
        return moment(ticket.opened_at, now=timezone.now())
