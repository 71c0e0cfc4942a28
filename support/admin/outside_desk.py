"""The page of those who paid and are outside."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from support.desks import money, next_steps, outside
from support.desks.unchecked import unchecked

RIGHTS = ("customers.view_customer", "integrations.view_sync")


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Who is entitled and not confirmed in Circle, since when, why, and what to do."""
    if not request.user.has_perms(RIGHTS):
        raise PermissionDenied
    now = timezone.now()
    everybody = outside.everybody()
    number = _page(request, most=everybody.pages)
    stakes = money.at_stake(everybody.customer_ids[: outside.COUNTED])
    lines = next_steps.lines(everybody, money=stakes, number=number, now=now) if everybody.count else []
    context = {
        **admin.site.each_context(request),
        "title": "Paid but outside",
        "now": now,
        "everybody": everybody,
        "money": money.total(stakes),
        "lines": lines,
        "paused": outside.paused(everybody) if everybody.count else [],
        "unchecked": unchecked(),
        "in_flight": any(each.in_flight for each in lines),
        "number": number,
        "pages": range(1, everybody.pages + 1),
        "looked_at": outside.LOOKED_AT,
        "may": [right for right in next_steps.RIGHTS if request.user.has_perm(right)],
    }
    return TemplateResponse(request, "support/desks/outside.html", context)


def _page(request: HttpRequest, *, most: int) -> int:
    asked = request.GET.get("p", "1")
    return min(max(1, int(asked)), most) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
