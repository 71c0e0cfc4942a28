"""The customer screen's two addresses: look (GET) and replay (POST)."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from billing.models import EventStatus, StripeEvent
from customers.models import Customer
from integrations.models import Sync, SyncStatus
from support.admin.replaying import replay_and_tell
from support.screen import screen
from support.screen.timeline import Cursor, Kind

if TYPE_CHECKING:
    from support.admin.customers import CustomerAdmin

TABS = {"": "All", "stripe": "Stripe", "lifecycle": "Lifecycle", "sync": "Syncs", "staff": "Staff"}
MAX_ID = 2**63


def show(request: HttpRequest, object_id: str, model_admin: "CustomerAdmin") -> HttpResponse:
    """The screen of one person; changes nothing."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    customer = screen.find(int(object_id)) if object_id.isascii() and object_id.isdigit() else None
    if customer is None:
        raise Http404
    now = timezone.now()
    tab = request.GET.get("show", "")
    kind = Kind[tab.upper()] if tab and tab in TABS else None
    looking = screen.Looking(kind, Cursor.read(request.GET.get("before", "")))
    context = {
        **admin.site.each_context(request),
        "title": customer.label(),
        "opts": model_admin.opts,
        "now": now,
        "screen": screen.load(customer, now=now, looking=looking),
        "tab": tab if kind else "",
        "tabs": TABS,
        "may_replay": _may_replay(request),
        "may_see_events": request.user.has_perm("billing.view_stripeevent"),
        "may_see_syncs": request.user.has_perm("integrations.view_sync"),
    }
    return TemplateResponse(request, "support/customer.html", context)


@require_POST
def replay(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Replay what failed for one person: their dead-lettered syncs and events, as far as this person may."""
    if not request.user.has_perm("customers.view_customer") or not any(_may_replay(request).values()):
        raise PermissionDenied
    if customer_id >= MAX_ID or not Customer.objects.filter(pk=customer_id).exists():
        raise Http404
    may = _may_replay(request)
    syncs = Sync.objects.filter(customer_id=customer_id, status=SyncStatus.DEAD_LETTER)
    events = StripeEvent.objects.filter(customer_id=customer_id, status=EventStatus.DEAD_LETTER)
    failed_syncs = syncs if may["syncs"] and syncs.exists() else None
    failed_events = events if may["events"] and events.exists() else None
    if failed_syncs is None and failed_events is None:
        messages.info(request, "Nothing to replay: nothing of this person has failed.")
    replay_and_tell(request, syncs=failed_syncs, events=failed_events)
    return redirect("admin:customers_customer_change", customer_id)


def _may_replay(request: HttpRequest) -> dict[str, bool]:
    return {
        "syncs": request.user.has_perm("integrations.replay_sync"),
        "events": request.user.has_perm("billing.replay_stripeevent"),
    }
