"""Looking at one customer: the screen, the mark that says whether it changed, and the trace to copy."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers.models import Customer
from support import trace_text
from support.desks import reviewing
from support.screen import person, screen
from support.screen.timeline import Cursor, Kind
from support.trace import trace

TABS = {
    "": "All",
    "stripe": "Stripe",
    "lifecycle": "Lifecycle",
    "sync": "Syncs",
    "ticket": "Tickets",
    "staff": "Staff",
}
MAX_ID = 2**63
RIGHTS = {
    "replay_syncs": "integrations.replay_sync",
    "replay_events": "billing.replay_stripeevent",
    "reread": "customers.reread_customer",
    "extend": "customers.extend_grace",
    "grant": "customers.grant_override",
    "hold": "integrations.hold_sync",
    "see_events": "billing.view_stripeevent",
    "see_syncs": "integrations.view_sync",
    "see_tickets": "support.view_ticket",
}


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    """The screen of one person; changes nothing."""
    may_look(request)
    found = object_id.isascii() and object_id.isdigit() and int(object_id) < MAX_ID
    customer = person.find(int(object_id)) if found else None
    if customer is None:
        raise Http404
    now, may = timezone.now(), rights(request)
    tab = request.GET.get("show", "")
    kind = Kind[tab.upper()] if tab and tab in TABS else None
    before = Cursor.read(request.GET.get("before", ""))
    looking = screen.Looking(kind, before, tickets=may["see_tickets"])
    loaded = screen.load(customer, now=now, looking=looking)
    context = {
        **base(request, customer),
        "now": now,
        "screen": loaded,
        "doubts": [(each, reviewing.doubt_of(each).means) for each in loaded.reviews],
        "tab": tab if kind else "",
        "tabs": {key: label for key, label in TABS.items() if key != "ticket" or may["see_tickets"]},
        "before": request.GET.get("before", "") if before else "",
        "may": may,
    }
    return TemplateResponse(request, "support/customer.html", context)


@require_safe
def mark(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Whether the open screen is still true, for its script: `{"mark": ...}`."""
    may_look(request)
    found = person.mark_of(customer_id) if customer_id < MAX_ID else ""
    if not found:
        raise Http404
    return JsonResponse({"mark": found})


@require_safe
def copy_trace(request: HttpRequest, customer_id: int) -> HttpResponse:
    """The trace as text without personal data, to paste into a ticket."""
    may_look(request)
    customer = of(customer_id)
    text = trace_text.written(trace(customer, timezone.now()), personal=False)
    if request.GET.get("as") == "text":
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    context = {
        **base(request, customer),
        "title": "Trace",
        "text": text,
        "lines": min(40, text.count("\n") + 2),
    }
    return TemplateResponse(request, "support/customer/trace.html", context)


def may_look(request: HttpRequest) -> None:
    """Raises: PermissionDenied."""
    if not request.user.has_perm("customers.view_customer"):
        raise PermissionDenied


def of(customer_id: int) -> Customer:
    """The customer with their plan. Raises: Http404."""
    rows = Customer.objects.select_related("plan")
    customer = rows.filter(pk=customer_id).first() if customer_id < MAX_ID else None
    if customer is None:
        raise Http404
    return customer


def rights(request: HttpRequest) -> dict[str, bool]:
    """What this person may do on the screen, by our short names."""
    return {name: request.user.has_perm(right) for name, right in RIGHTS.items()}


def base(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """What every page about one customer needs."""
    return {
        **admin.site.each_context(request),
        "title": customer.label(),
        "opts": Customer._meta,
        "customer": customer,
    }
