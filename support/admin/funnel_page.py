"""The people behind one step of the front page's funnel: who stopped there and why, and who got there."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from customers.models import Customer
from support.dashboard.funnel import GOT_THERE
from support.models import Figure


@require_safe
def show(request: HttpRequest, step: int) -> HttpResponse:
    """As the worker counted it last; names are read now. Two queries."""
    if not request.user.has_perm("customers.view_customer"):
        raise PermissionDenied
    figure = Figure.objects.filter(name="funnel").first()
    steps: list[dict[str, Any]] = figure.value.get("steps", []) if figure else []
    if step and step >= len(steps):
        raise Http404
    nobody: dict[str, Any] = {"label": "Checkout completed", "count": 0, "causes": []}
    found = steps[step] if steps else nobody
    who: list[tuple[str, list[int]]] = found.get("who", [])
    people = Customer.objects.select_related("plan").in_bulk({pk for _, ids in who for pk in ids})
    counts = dict(found["causes"]) | {GOT_THERE: found["count"]}
    context = {
        **admin.site.each_context(request),
        "title": f"{found['label']}, last 24 h",
        "groups": [
            (words, counts.get(words, len(ids)), [people[pk] for pk in ids if pk in people])
            for words, ids in who
        ],
        "anybody": bool(people),
        "counted": found["count"],
        "got_there": GOT_THERE,
        "counted_at": figure.measured_at if figure else None,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "support/dashboard/step.html", context)
