"""The dead-letter desk: look, replay with a preview, put off, and see what came of it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.models import Connection
from support.admin.kept import kept
from support.admin.reauth import confirm_first
from support.admin.replaying import replay_selection
from support.admin.typed import LONGEST_REASON, reason_of
from support.desks import dead_letters, first, preview, progress, setting_aside
from support.desks.dead_letters import Filters
from support.desks.releasing import left_out_in_words
from support.desks.selection import Selection
from support.screen.naming import place_of

LISTED = 100
CAUSES = 40
REPLAY = {"syncs": "integrations.replay_sync", "events": "billing.replay_stripeevent"}
PUT_OFF = {"syncs": "integrations.hold_sync", "events": "billing.ignore_stripeevent"}
SEE = {"syncs": "integrations.view_sync", "events": "billing.view_stripeevent"}


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """All dead letters by cause; of one cause, also its rows."""
    may_see = rights(request, SEE)
    now = timezone.now()
    filters = Filters.read(request.GET)
    groups = dead_letters.groups(filters, now=now, **may_see)
    waiting = dead_letters.who_waits(filters, now=now) if may_see["syncs"] else []
    selection = Selection.of(request, now=now, **SEE)
    one = len(groups) == 1 and filters.cause
    context = {
        "title": "Dead letters",
        "now": now,
        "filters": filters,
        "groups": groups[:CAUSES],
        "more_causes": max(0, len(groups) - CAUSES),
        "rows": preview.rows(selection, most=LISTED, named=named(request)) if one else None,
        "listed": LISTED,
        "people": sum(group.people for group in groups),
        "rows_in_all": sum(group.rows for group in groups),
        "oldest": min((group.oldest for group in groups if group.oldest), default=None),
        "money": dead_letters.give_money(groups, waiting),
        "money_of_some": len(waiting) > dead_letters.MONEY_OF,
        "runs": (latest := progress.latest()),
        "mark": latest[0].run.pk if latest else 0,
        "aside": _aside(request) if not filters.query() else {},
        "may": _may(request),
        "named": named(request),
        "chips": _chips(filters),
    }
    return page(request, "support/desks/dead_letters.html", context)


@require_http_methods(["GET", "POST"])
def replay(request: HttpRequest) -> HttpResponse:
    """GET: what a replay of this selection would do. POST: do it."""
    rights(request, SEE)
    rights(request, REPLAY)
    selection = Selection.of(request, now=timezone.now(), **REPLAY)
    if request.method == "POST":
        return replay_selection(request, selection)
    alone = selection.people <= 1
    context = {
        "title": f"Replay {selection.count:,}?" if selection.count else "Nothing to replay",
        "selection": selection,
        "left_out": left_out_in_words(selection.left_out, request.user.has_perm),
        "preview": preview.of(selection, most=LISTED, named=named(request)),
        "may": alone or request.user.has_perm("integrations.bulk_replay_sync"),
        "mark": first.mark(),
        "reason": kept(request).get("reason", ""),
        "address": request.get_full_path(),
        "longest": LONGEST_REASON,
    }
    return page(request, "support/desks/replay.html", context)


@require_http_methods(["GET", "POST"])
def set_aside(request: HttpRequest) -> HttpResponse:
    """GET: for how long, and why? POST: snooze or ignore the selection."""
    rights(request, PUT_OFF)
    selection = Selection.of(request, now=timezone.now(), **PUT_OFF)
    if request.method == "POST":
        address = request.get_full_path()
        question = confirm_first(request, page=address) if selection.people > 1 else None
        return question or _put_off(request, selection)
    typed = kept(request)
    context = {
        "title": f"Snooze or ignore {selection.count:,}?" if selection.count else "Nothing to set aside",
        "selection": selection,
        "rows": preview.rows(selection, most=LISTED, named=named(request)),
        "until": {key: words for key, (words, _) in setting_aside.UNTIL.items()},
        "chosen": typed.get("until", setting_aside.USUAL),
        "reason": typed.get("reason", ""),
        "address": request.get_full_path(),
        "longest": LONGEST_REASON,
    }
    return page(request, "support/desks/set_aside.html", context)


@require_POST
def take_up(request: HttpRequest) -> HttpResponse:
    """End snoozes: what was chosen runs again now."""
    rights(request, PUT_OFF)
    chosen = QueryDict(mutable=True)
    for name in ("sync", "event"):
        chosen.setlist(name, request.POST.getlist(name))
    request.GET = QueryDict(chosen.urlencode())
    selection = Selection.of(request, now=timezone.now(), **PUT_OFF)
    if not selection.named:
        messages.warning(request, "Choose rows first.")
        return redirect("desks:dead-letters")
    if selection.people > 1 and (question := confirm_first(request, page=reverse("desks:dead-letters"))):
        return question
    count = setting_aside.take_up(_wish(request, ""), syncs=selection.syncs, events=selection.events)
    messages.success(request, f"{count} taken up again.")
    return redirect("desks:dead-letters")


def _put_off(request: HttpRequest, selection: Selection) -> HttpResponse:
    key = request.POST.get("until", "")
    if key not in setting_aside.UNTIL:
        messages.error(request, "Choose until when.")
        return redirect(request.get_full_path())
    events = selection.events if not key else selection.events.none()
    try:
        count = setting_aside.put_off(_wish(request, key), syncs=selection.syncs, events=events)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    left = selection.events.count() if key else 0
    told = f" {left} events left alone: an event cannot be snoozed, only ignored." if left else ""
    messages.success(request, f"{count} set aside {setting_aside.UNTIL[key][0]}.{told}")
    return redirect("desks:dead-letters")


def _wish(request: HttpRequest, key: str) -> setting_aside.Wish:
    assert isinstance(request.user, AbstractUser)
    wait = setting_aside.UNTIL[key][1]
    return setting_aside.Wish(timezone.now() + wait if wait else None, request.user, reason_of(request))


def _aside(request: HttpRequest) -> dict[str, Any]:
    by_name = named(request)
    syncs = setting_aside.syncs_aside() if request.user.has_perm(SEE["syncs"]) else None
    events = setting_aside.events_aside() if request.user.has_perm(SEE["events"]) else None
    ticked = kept(request)
    return {
        "ticked": [f"{name}-{pk}" for name in ("sync", "event") for pk in ticked.getlist(name)],
        "syncs": preview.sync_rows(syncs[: setting_aside.SHOWN], named=by_name) if syncs is not None else [],
        "events": preview.event_rows(events[: setting_aside.SHOWN], named=by_name)
        if events is not None
        else [],
    }


def _chips(filters: Filters) -> list[dict[str, Any]]:
    """Each filter with its choices as links, the chosen one marked."""
    places = {each.slug: place_of(each) for each in Connection.objects.only("kind", "slug")}
    since = {key: words for key, (words, _) in dead_letters.SINCE.items()}
    chips = [
        ("kind", "Kind", "all", dead_letters.KINDS),
        ("connection", "Connection", "any", places),
        ("since", "Failing since", "ever", since),
    ]
    return [
        {
            "title": title,
            "now": choices.get(getattr(filters, name), none),
            "choices": [
                (words, filters.query(**{name: key, "cause": ""}), getattr(filters, name) == key)
                for key, words in {"": none, **choices}.items()
            ],
        }
        for name, title, none, choices in chips
    ]


def _may(request: HttpRequest) -> dict[str, bool]:
    has = request.user.has_perm
    return {
        "replay_syncs": has(REPLAY["syncs"]),
        "replay_events": has(REPLAY["events"]),
        "bulk": has("integrations.bulk_replay_sync"),
        "hold": has(PUT_OFF["syncs"]),
        "ignore": has(PUT_OFF["events"]),
        "put_off": has(PUT_OFF["syncs"]) or has(PUT_OFF["events"]),
        "see_syncs": has(SEE["syncs"]),
        "see_events": has(SEE["events"]),
    }


def rights(request: HttpRequest, wanted: dict[str, str]) -> dict[str, bool]:
    """Which of the two kinds this person may; none is refused."""
    held = {kind: request.user.has_perm(right) for kind, right in wanted.items()}
    if not any(held.values()):
        raise PermissionDenied
    return held


def named(request: HttpRequest) -> bool:
    """Whether this person may read who somebody is."""
    return request.user.has_perm("customers.view_customer")


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page of the desk, with the way back to it."""
    context |= {"desk": reverse("desks:dead-letters")}
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
