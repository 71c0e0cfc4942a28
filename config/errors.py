"""Error answers: a generic sentence and the request id, as JSON for machines and as a page for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

SENTENCES = {
    400: "The request could not be understood.",
    403: "You may not do this.",
    404: "There is nothing here.",
    413: "That is more than this address takes.",
    500: "Something went wrong on our side.",
}


def answer(request: HttpRequest, *, status: int, sentence: str = "") -> HttpResponse:
    """The answer for a status, in the form that the caller of this path reads."""
    told = {"error": sentence or SENTENCES[status], "request_id": request.META.get("REQUEST_ID", "")}
    if request.path.startswith("/api/"):
        return JsonResponse(told, status=status)
    return HttpResponse(render_to_string(f"{status}.html", told), status=status)


# Django passes the exception by position to some and by name to others; nothing of it may be shown.
def bad_request(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    return answer(request, status=400)


def forbidden(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    return answer(request, status=403)


def csrf_failed(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    told = "The page was too old or came from elsewhere. Go back, reload it and try again."
    return answer(request, status=403, sentence=told)


def not_found(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    return answer(request, status=404)


def server_error(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    return answer(request, status=500)


def same_as_wrong_password(_request: HttpRequest, response: HttpResponse, *_: Any) -> HttpResponse:
    """A locked account answers like a wrong password, so that nobody learns which accounts exist."""
    return response
