"""The buttons of the customer screen: replay, re-read, hold and release; each says afterwards what it did."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from billing.models import EventStatus, StripeEvent
from integrations.models import Sync, SyncStatus
from support import by_hand
from support.admin.customer_screen import may_look, of, rights
from support.admin.reauth import is_local
from support.admin.replaying import replay_and_tell
from support.admin.typed import reason_of


@require_POST
def replay(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Replay what failed for one person: their dead-lettered syncs and events, as far as this person may."""
    may_look(request)
    may = rights(request)
    if not (may["replay_syncs"] or may["replay_events"]):
        raise PermissionDenied
    of(customer_id)
    syncs = Sync.objects.filter(customer_id=customer_id, status=SyncStatus.DEAD_LETTER)
    events = StripeEvent.objects.filter(customer_id=customer_id, status=EventStatus.DEAD_LETTER)
    failed_syncs = syncs if may["replay_syncs"] and syncs.exists() else None
    failed_events = events if may["replay_events"] and events.exists() else None
    if failed_syncs is None and failed_events is None:
        messages.info(request, "Nothing to replay: nothing of this person has failed.")
    replay_and_tell(request, syncs=failed_syncs, events=failed_events)
    return back(customer_id)


@require_POST
def reread(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Have a worker read everything of the person again at Stripe."""
    staff = allowed(request, "reread")
    due = by_hand.reread(of(customer_id), by=staff)
    if due:
        messages.success(request, "Stripe is asked again by a worker; what it says shows here by itself.")
    else:
        messages.info(request, "Nothing to read again: this person has no Stripe customer.")
    return where_from(request) or back(customer_id)


@require_POST
def hold(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Give nothing more at Circle and Kit until somebody releases the person."""
    staff, customer = allowed(request, "hold"), of(customer_id)
    try:
        held = by_hand.hold(customer, by=staff, reason=reason_of(request))
    except by_hand.NotPossible as problem:
        messages.error(request, str(problem))
        return back(customer_id)
    done = f"On hold: {held} destination{'' if held == 1 else 's'}. Nothing more is given until you release."
    messages.success(request, done if held else "Nothing to hold: no destination, or held already.")
    return back(customer_id)


@require_POST
def release(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Let the person's destinations go on."""
    staff = allowed(request, "hold")
    released = by_hand.release(of(customer_id), by=staff, reason=reason_of(request))
    done = f"Released: {released} destination{'' if released == 1 else 's'} go on now."
    messages.success(request, done if released else "Nothing to release: nothing was held by staff.")
    return back(customer_id)


def allowed(request: HttpRequest, right: str) -> User:
    """Who acts. Raises: PermissionDenied without the right to see the person and to do this."""
    may_look(request)
    user = request.user
    if not rights(request)[right] or not isinstance(user, User):
        raise PermissionDenied
    return user


def where_from(request: HttpRequest) -> HttpResponse | None:
    """The page of ours that the button stood on, where its form names one."""
    page = request.POST.get("next", "")
    return HttpResponseRedirect(page) if is_local(page) else None


def back(customer_id: int) -> HttpResponse:
    return redirect("admin:customers_customer_change", customer_id)
