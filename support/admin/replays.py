"""Replays to look at: all of them, and how one goes on."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from support.admin.dead_letter_desk import LISTED, SEE, named, page, rights
from support.desks import preview, progress
from support.ids import number_in
from support.models import ReplayRun


@require_GET
def everything(request: HttpRequest) -> HttpResponse:
    """Who replayed what, and when: the newest first, a page at a time, read by their numbers."""
    rights(request, SEE)
    before = number_in(request.GET.get("before", ""))
    found, older = progress.listed(before=before)
    context = {
        "title": "All replays",
        "runs": found,
        "older": older,
        "later": before is not None,
        "in_flight": any(each.moving for each in found),
        "now": timezone.now(),
    }
    return page(request, "support/desks/replays.html", context)


@require_GET
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One replay: its progress, then its result."""
    rights(request, SEE)
    found = ReplayRun.objects.select_related("staff").filter(pk=run_id).first() if run_id < 2**63 else None
    if found is None:
        raise Http404
    shown = progress.of([found])[0]
    context = {
        "title": f"Replay of {shown.total:,}",
        "progress": shown,
        "next_step": progress.next_step(found) if shown.failed else "",
        "mails": dict(progress.mails_since(found)),
        "lasted": progress.lasted(found),
        "rows": preview.of_run(found, most=LISTED, named=named(request)),
        "listed": LISTED,
        "now": timezone.now(),
    }
    return page(request, "support/desks/run.html", context)
