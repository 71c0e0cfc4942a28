"""Replay from a list, a screen or the desk: say what it would do, ask why, do it, say what was done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from billing.models import StripeEvent
from billing.models.stripe_event import REVIVABLE
from integrations.deadletters import REVIVABLE as REVIVABLE_SYNCS
from integrations.deadletters import revivable
from integrations.models import Sync, SyncStatus
from support import audit, deadletters
from support.admin.kept import kept
from support.admin.naming import may_name
from support.admin.readonly import ReadOnly
from support.admin.reauth import confirm_first
from support.admin.typed import LONGEST_REASON, reason_of
from support.desks import first, runs
from support.desks.preview import does_to_event, name_of
from support.desks.releasing import left_out_in_words, not_theirs
from support.desks.selection import Selection
from support.screen.naming import give_names
from support.screen.preview import Preview, invited_before, mails_in_words, preview_one

AT_ONCE = 1000
COUNTED = 10_000  # of what is left over
LISTED = 100


class ReplayForm(ActionForm):
    """Stock action form with a reason."""

    reason = forms.CharField(required=False, max_length=LONGEST_REASON, label="Reason")


@dataclass(frozen=True)
class Line:
    """One row of the preview; what does not `run` again is left alone."""

    person: str
    customer_id: int | None
    where: str
    does: str
    runs: bool
    mails: int | None = 0


class Replayable(ReadOnly):
    """A list whose chosen rows can be replayed; without a choice it says so."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and request.POST.get("action") and not _chosen(request):
            messages.warning(request, "Choose rows first.")
            return HttpResponseRedirect(request.get_full_path())
        if form := kept(request):
            # As if it were sent again: the preview, which changes nothing, with what was chosen and why.
            request.method, request.POST = "POST", form  # type: ignore[assignment]
        return super().changelist_view(request, extra_context)


def replay_syncs(request: HttpRequest, syncs: QuerySet[Sync]) -> HttpResponse | None:
    """The list's action: first the preview, then, confirmed, the replay; of holds only what they may end."""
    may = request.user.has_perm
    held = not_theirs(may)
    left_out = left_out_in_words(syncs.filter(held).count() if held else 0, may)
    syncs = syncs.exclude(held) if held else syncs
    # Before the preview too: who confirms first is seldom asked in the middle.
    if refused := _refuse(request, syncs.order_by().values("customer_id").distinct()[:2].count()):
        return refused
    if request.POST.get("confirmed") == "yes":
        if left_out:
            messages.warning(request, left_out)
        rows, over = _at_once(syncs, REVIVABLE_SYNCS)
        replay_and_tell(request, syncs=rows, over=over)
        return None
    rows, over = _at_once(syncs.select_related("customer", "connection"), REVIVABLE_SYNCS)
    give_names(rows)
    named, invited = may_name(request), invited_before(rows)
    lines = [_line(sync, preview_one(sync, invited=invited), named=named) for sync in rows]
    return _ask(request, lines, rows_are="syncs", left_out=left_out, over=over)


def replay_events(request: HttpRequest, events: QuerySet[StripeEvent]) -> HttpResponse | None:
    """The same for Stripe events: a replay reads again what they spoke of."""
    if refused := _refuse(request, events.order_by()[:2].count()):
        return refused
    if request.POST.get("confirmed") == "yes":
        rows, over = _at_once(events.defer("body"), Q(status__in=REVIVABLE))
        replay_and_tell(request, events=rows, over=over)
        return None
    rows, over = _at_once(events.select_related("customer").defer("body"), Q(status__in=REVIVABLE))
    lines = [_line_of_event(event, named=may_name(request)) for event in rows]
    return _ask(request, lines, rows_are="Stripe events", over=over)


def replay_and_tell(
    request: HttpRequest,
    *,
    syncs: Iterable[Sync] | None = None,
    events: Iterable[StripeEvent] | None = None,
    over: int = 0,
) -> None:
    """Replay what is given, by the person who asks, and leave a message for each kind.

    The caller has checked the right to replay each kind. `over`: how many more could be replayed.
    """
    staff = _staff(request)
    reason = reason_of(request)
    outcomes = [deadletters.replay(syncs, by=staff, reason=reason)] if syncs is not None else []
    outcomes += [deadletters.replay_events(events, by=staff, reason=reason)] if events is not None else []
    for each in outcomes:
        messages.add_message(request, messages.SUCCESS if each.queued else messages.INFO, each.sentence())
    if over:
        messages.warning(request, f"{_left_over(over)} Choose again to replay them.")


def replay_selection(request: HttpRequest, selection: Selection) -> HttpResponse:
    """Replay what the desk shows; more rows than were seen are shown first."""
    if refused := _refuse(request, selection.people):
        return refused
    if not selection.named and (changed := _changed_meanwhile(request, selection)):
        return changed
    # By the time we hold the locks somebody else may have taken them, and no filter finds them then.
    rows = (
        list(selection.syncs.values_list("pk", flat=True)[:AT_ONCE]),
        list(selection.events.values_list("pk", flat=True)[:AT_ONCE]),
    )
    asked = runs.Asked(_staff(request), reason_of(request), selection.what())
    run = runs.start(asked, syncs=selection.syncs, events=selection.events)
    return redirect("desks:run", run.pk) if run is not None else _too_late(request, *rows)


def _changed_meanwhile(request: HttpRequest, selection: Selection) -> HttpResponse | None:
    """A page that is no longer true replays nothing, and says who replayed meanwhile."""
    taken = first.since(request.POST.get("after", ""), selection.filters)
    if taken is not None and not selection.count:
        return _too_late(request, taken.sync_ids, taken.event_ids)
    if taken is None and request.POST.get("seen", "") == str(selection.count):
        return None
    by = f"{deadletters.name_of(taken.run)} replayed some, and " if taken else ""
    messages.warning(request, f"Nothing was replayed yet: {by}by now other rows match. Look again.")
    return redirect(request.get_full_path())


def _too_late(request: HttpRequest, sync_ids: list[int], event_ids: list[int]) -> HttpResponse:
    """Others have taken all of it: say who, write down that it was asked, lead to their replay.

    Nothing is replayed here: what was given up or held again since then has been seen by nobody.
    """
    syncs, events = Sync.objects.filter(pk__in=sync_ids), StripeEvent.objects.filter(pk__in=event_ids)
    taken = first.of(sync_ids, event_ids)
    if (running := runs.running_for(syncs=syncs, events=events)) is not None:
        after = {"outcome": "left alone", "why": "already replayed"}
        with transaction.atomic():
            audit.record("replay", running, by=_staff(request), reason=reason_of(request), change=({}, after))
        messages.info(request, f"Nothing to do: already replayed by {deadletters.name_of(running)}.")
        return redirect("desks:run", running.pk)
    syncs = syncs.exclude(status__in=(SyncStatus.DEAD_LETTER, SyncStatus.ON_HOLD))
    events = events.exclude(status__in=REVIVABLE)
    replay_and_tell(request, syncs=syncs if sync_ids else None, events=events if event_ids else None)
    return redirect("desks:run", taken.run.pk) if taken else redirect("desks:dead-letters")


def _refuse(request: HttpRequest, people: int) -> HttpResponse | None:
    """Several people at once need a right of their own, and the password again."""
    if people <= 1:
        return None
    if not request.user.has_perm("integrations.bulk_replay_sync"):
        raise PermissionDenied("Replaying for several people at once is for founders. Choose one person.")
    return confirm_first(request, page=request.get_full_path())


def _staff(request: HttpRequest) -> AbstractBaseUser:
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def _chosen(request: HttpRequest) -> bool:
    return bool(request.POST.getlist(ACTION_CHECKBOX_NAME)) or request.POST.get("select_across") == "1"


def _at_once(chosen: QuerySet[Any], can: Q) -> tuple[list[Any], int]:
    """Those that `can` be replayed, then what there is room for of the others; and how many are left over."""
    rows = list(chosen.filter(can)[:AT_ONCE])
    over = chosen.filter(can)[AT_ONCE : AT_ONCE + COUNTED].count() if len(rows) == AT_ONCE else 0
    return rows + list(chosen.exclude(can)[: AT_ONCE - len(rows)]), over


def _left_over(over: int) -> str:
    count = f"{over:,}{' or more' if over == COUNTED else ''}"
    return f"{count} more can be replayed: {AT_ONCE:,} are replayed at once."


def _ask(
    request: HttpRequest, lines: Sequence[Line], *, rows_are: str, left_out: str = "", over: int = 0
) -> TemplateResponse:
    mails = mails_in_words(line.mails for line in lines)
    chosen = [(ACTION_CHECKBOX_NAME, each) for each in request.POST.getlist(ACTION_CHECKBOX_NAME)]
    run = sum(line.runs for line in lines)
    count = f"{len(lines):,}{' or more' if len(lines) == AT_ONCE else ''}"
    alone = f" {len(lines) - run:,} of them would be left alone." if run < len(lines) else ""
    more = f" {_left_over(over)}" if over else ""
    context = {
        **admin.site.each_context(request),
        "title": f"Replay {run:,}?" if run else "Nothing to replay",
        "rows_are": rows_are,
        "summary": f"{count} chosen.{alone} Mails that people would get: {mails}.{more}",
        "left_out": left_out,
        "count": run,
        "lines": lines[:LISTED],
        "unlisted": max(0, len(lines) - LISTED),
        "carried": [*chosen, ("select_across", request.POST.get("select_across", "0"))],
        "reason": reason_of(request),
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "support/replay.html", context)


def _line(sync: Sync, does: Preview, *, named: bool) -> Line:
    person = name_of(sync.customer, named=named)
    return Line(person, sync.customer_id, does.connection, does.does, runs=revivable(sync), mails=does.mails)


def _line_of_event(event: StripeEvent, *, named: bool) -> Line:
    person, runs_again = name_of(event.customer, named=named), event.status in REVIVABLE
    return Line(person, event.customer_id, event.type, does_to_event(event), runs=runs_again)
