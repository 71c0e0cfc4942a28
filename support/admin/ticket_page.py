"""The page of one ticket; changes nothing."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone

from support.ids import number_in
from support.models import Ticket, TicketStatus
from support.models.message import LONGEST_BODY
from support.tickets import page
from support.tickets.progress import assignable

if TYPE_CHECKING:
    from support.admin.tickets import TicketAdmin


def show(request: HttpRequest, object_id: str, model_admin: "TicketAdmin") -> HttpResponse:
    """What was asked, beside what the person is now."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    number = number_in(object_id)
    ticket = page.find(number) if number is not None else None
    if ticket is None:
        raise Http404
    return shown(request, ticket)


def shown(request: HttpRequest, ticket: Ticket, *, draft: str = "") -> HttpResponse:
    """The page; `draft` is what was typed and could not be kept."""
    may_change, now = request.user.has_perm("support.change_ticket"), timezone.now()
    context = {
        **admin.site.each_context(request),
        "title": f"#{ticket.pk} {ticket.subject}",
        "opts": Ticket._meta,
        "now": now,
        "page": page.load(ticket, now=now),
        "closed": ticket.status == TicketStatus.CLOSED,
        "may_change": may_change,
        "may_replay": may_change and request.user.has_perm("integrations.replay_sync"),
        "may_see_people": request.user.has_perm("customers.view_customer"),
        "assignable": list(assignable()) if may_change else [],
        "longest": LONGEST_BODY,
        "draft": draft,
    }
    return TemplateResponse(request, "support/tickets/ticket.html", context)
