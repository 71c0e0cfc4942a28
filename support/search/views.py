"""The page of results and the answer to the palette; what is asked is posted, as logs keep addresses."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from support.search.looking import MOST, look

FIRST = 6


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Results by kind; straight to the one thing that was named exactly."""
    asked = request.POST.get("q", "").strip()
    found = look(asked, user=request.user)
    if found.only:
        return redirect(found.only.url)
    context = {
        **admin.site.each_context(request),
        "title": "Search",
        "asked": asked,
        "groups": found.groups(),
        "most": MOST,
    }
    return TemplateResponse(request, "support/search.html", context)


@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """The first hits of each kind: `{"groups": [{"label", "hits": [{"label", "detail", "url"}]}]}`."""
    found = look(request.POST.get("q", ""), user=request.user, most=FIRST)
    groups = [{"label": label, "hits": [vars(hit) for hit in hits[:FIRST]]} for label, hits in found.groups()]
    return JsonResponse({"groups": groups})
