"""What staff type into a form, as PostgreSQL can keep it: text without NUL, cut to its length."""

from django.http import HttpRequest

LONGEST_REASON = 200


def reason_of(request: HttpRequest) -> str:
    """Why they do it; it is kept in the record."""
    return text_of(request, "reason", most=LONGEST_REASON)


def text_of(request: HttpRequest, name: str, *, most: int) -> str:
    """One field of a POST."""
    return request.POST.get(name, "").replace("\0", "").strip()[:most]
