"""What staff do to a connection: pause, resume, switch its mode, try it, fetch its names. Each is a POST."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from integrations.connectors import CONNECTORS
from integrations.connectors import health as try_out
from integrations.connectors.names import fetch_names
from integrations.models import Connection, Mode
from support import audit, connections
from support.admin.kept import kept
from support.admin.reauth import confirm_first
from support.admin.typed import LONGEST_REASON, reason_of
from support.connections import NotPossibleError, before_switching
from support.screen.naming import place_of

DESTINATIONS = tuple(CONNECTORS)
NO_REASON = "Say why: the reason is kept in the record."


@require_POST
def pause(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Send nothing more there until it is resumed."""
    return _with_reason(request, connection_id, connections.pause, "is paused: nothing is sent there.")


@require_POST
def resume(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Go on, and make due what waited."""
    return _with_reason(request, connection_id, connections.resume, "goes on; what waited is due now.")


@require_http_methods(["GET", "POST"])
def mode(request: HttpRequest, connection_id: int) -> HttpResponse:
    """GET: what the switch would mean, and for how many. POST: switch."""
    row = _row(request, connection_id)
    if first := confirm_first(request, page=request.get_full_path()):
        return first
    wish = request.POST.get("to") or request.GET.get("to", "")
    if wish not in Mode.values or row.kind not in DESTINATIONS or wish == row.mode:
        messages.error(request, "Choose a mode that it does not have yet; Stripe is always live.")
        return _back(row)
    if request.method == "POST":
        wanted = Mode(wish)

        def switch(slug: str, *, by: AbstractUser, reason: str) -> Connection:
            return connections.set_mode(slug, wanted, by=by, reason=reason)

        return _with_reason(request, connection_id, switch, f"is in mode {wanted.label.lower()} now.")
    context = {
        **admin.site.each_context(request),
        "title": f"Switch {place_of(row)} to {Mode(wish).label.lower()}?",
        "connection": row,
        "to": Mode(wish),
        "consequences": before_switching(row, Mode(wish)),
        "reason": kept(request).get("reason", ""),
        "longest": LONGEST_REASON,
    }
    return TemplateResponse(request, "support/connections/mode.html", context)


@require_POST
def test(request: HttpRequest, connection_id: int) -> HttpResponse:
    """One harmless call, outside any transaction; it goes through the limiter and ends within seconds."""
    row = _row(request, connection_id)
    found = try_out(row)
    with transaction.atomic():
        outcome = {"ok": found.ok, "duration_ms": found.duration_ms}
        audit.record("test_connection", row, by=_staff(request), change=({}, outcome))
    tell = messages.success if found.ok else messages.error
    tell(request, f"{place_of(row)}: {found.words} ({found.duration_ms:,} ms)")
    return _back(row)


@require_POST
def names(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Fetch what its groups, tags and sequences are called, now."""
    row = _row(request, connection_id)
    found = fetch_names(row)
    with transaction.atomic():
        outcome = {"ok": found.ok, "names": found.count}
        audit.record("fetch_names", row, by=_staff(request), change=({}, outcome))
    if found.ok:
        messages.success(request, f"{place_of(row)}: {found.words}")
    else:
        failed = f"{place_of(row)}: the names could not be fetched: {found.words} Those kept are unchanged."
        messages.error(request, failed)
    return _back(row)


def _with_reason(
    request: HttpRequest, connection_id: int, act: Callable[..., Connection], done: str
) -> HttpResponse:
    row = _row(request, connection_id)
    reason = reason_of(request)
    if not reason:
        messages.error(request, NO_REASON)
        return _back(row)
    try:
        act(row.slug, by=_staff(request), reason=reason)
    except NotPossibleError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{place_of(row)} {done}")
    return _back(row)


def _row(request: HttpRequest, connection_id: int) -> Connection:
    """Raises: PermissionDenied, Http404."""
    if not request.user.has_perm("integrations.operate_connection"):
        raise PermissionDenied
    row = Connection.objects.filter(pk=connection_id).first() if connection_id < 2**63 else None
    if row is None:
        raise Http404
    return row


def _staff(request: HttpRequest) -> AbstractUser:
    assert isinstance(request.user, AbstractUser)  # admin_view let them in
    return request.user


def _back(row: Connection) -> HttpResponse:
    return redirect("admin:integrations_connection_change", row.pk)
