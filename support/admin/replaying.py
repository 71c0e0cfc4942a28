"""Replay from a list or a screen: say what it would do, ask for a reason, do it, say what was done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from billing.models import EventStatus, StripeEvent
from integrations.models import Sync
from support import deadletters
from support.screen.preview import mails_in_words, preview_one

LONGEST_REASON = 200
AT_ONCE = 1000
LISTED = 100


class ReplayForm(ActionForm):
    """Stock action form with a reason."""

    reason = forms.CharField(required=False, max_length=LONGEST_REASON, label="Reason")


@dataclass(frozen=True)
class Line:
    """One row of the preview."""

    person: str
    where: str
    does: str
    mails: int | None = 0


def replay_syncs(request: HttpRequest, syncs: QuerySet[Sync]) -> TemplateResponse | None:
    """The list's action: first the preview, then, confirmed, the replay."""
    if request.POST.get("confirmed") == "yes":
        replay_and_tell(request, syncs=syncs[:AT_ONCE])
        return None
    return _ask(request, [_line(sync) for sync in syncs.select_related("customer", "connection")[:AT_ONCE]])


def replay_events(request: HttpRequest, events: QuerySet[StripeEvent]) -> TemplateResponse | None:
    """The same for Stripe events: a replay reads again what they spoke of."""
    if request.POST.get("confirmed") == "yes":
        replay_and_tell(request, events=events[:AT_ONCE])
        return None
    rows = events.select_related("customer").defer("body")[:AT_ONCE]
    return _ask(request, [_line_of_event(event) for event in rows])


def replay_and_tell(
    request: HttpRequest,
    *,
    syncs: QuerySet[Sync] | None = None,
    events: QuerySet[StripeEvent] | None = None,
) -> None:
    """Replay what is given, by the person who asks, and leave a message for each kind.

    The caller has checked the right to replay each kind.
    """
    staff = request.user if request.user.is_authenticated else None
    if staff is None:
        raise PermissionDenied
    reason = _reason(request)
    if syncs is not None:
        messages.success(request, deadletters.replay(syncs, by=staff, reason=reason).sentence())
    if events is not None:
        told = deadletters.replay_events(events, by=staff, reason=reason).sentence()
        messages.success(request, told)


def _ask(request: HttpRequest, lines: Sequence[Line]) -> TemplateResponse:
    mails = mails_in_words(line.mails for line in lines)
    chosen = [(ACTION_CHECKBOX_NAME, each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME)]
    capped = f" More may match: {AT_ONCE} are replayed at once." if len(lines) == AT_ONCE else ""
    context = {
        **admin.site.each_context(request),
        "title": f"Replay {len(lines)}?",
        "summary": f"{len(lines)} chosen. Mails that people would get: {mails}.{capped}",
        "count": len(lines),
        "lines": lines[:LISTED],
        "unlisted": max(0, len(lines) - LISTED),
        "carried": [*chosen, ("select_across", request.POST.get("select_across", "0"))],
        "reason": _reason(request),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "support/replay.html", context)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").strip()[:LONGEST_REASON]


def _line(sync: Sync) -> Line:
    does = preview_one(sync)
    return Line(sync.customer.label(), does.connection, does.does, does.mails)


def _line_of_event(event: StripeEvent) -> Line:
    person = event.customer.label() if event.customer else "nobody yet"
    dead = event.status == EventStatus.DEAD_LETTER
    return Line(person, event.type, "read again what it spoke of" if dead else "nothing, left alone")
