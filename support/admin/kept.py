"""A form that a question interrupted: kept for the page where it was sent, and given back once."""

import time

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, QueryDict
from django.template.response import TemplateResponse

KEPT = "kept_form"
CONFIRMED_AT = "confirmed_at"
DROPPED = ("csrfmiddlewaretoken", "confirmed")  # what comes back is looked at and sent again by hand


def keep(request: HttpRequest, *, page: str) -> None:
    """Until that page is shown next."""
    form = request.POST.copy()
    for name in DROPPED:
        form.pop(name, None)
    request.session[KEPT] = {"page": page, "form": form.urlencode(), "at": time.time()}


def kept(request: HttpRequest) -> QueryDict:
    """What was sent on this page before the question; empty where there is none.

    Who came back without an answer ("Not now") finds the page as it always is.
    """
    held = request.session.get(KEPT)
    if request.method != "GET" or not held or held["page"] != request.get_full_path():
        return QueryDict()
    del request.session[KEPT]
    answered = request.session.get(CONFIRMED_AT, 0) >= held["at"]
    return QueryDict(held["form"] if answered else "")


def sent(request: HttpRequest) -> QueryDict | None:
    """The form of this page: as it is posted, or as it was before the question; None where there is none."""
    return request.POST if request.method == "POST" else kept(request) or None


def put_back(page: TemplateResponse, form: QueryDict) -> None:
    """Into a list that is about to be shown: the reason, and on its rows whether they were `ticked`."""
    shown = page.context_data or {}
    chosen = set(form.getlist(ACTION_CHECKBOX_NAME))
    shown["action_form"].initial["reason"] = form.get("reason", "")
    for row in shown["cl"].result_list:
        row.ticked = str(row.pk) in chosen
