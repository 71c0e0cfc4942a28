"""The record of sign-ins, and whether somebody tries one password on many names."""

from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from support import audit

MANY_NAMES = 20  # wrong for so many names within the time of a lock-out: no typing mistakes


def record_sign_in(user: AbstractUser, *, factor: str) -> None:
    """Somebody is in; `factor` says what they showed beside the password."""
    with transaction.atomic():
        audit.record("sign_in", user, by=user, change=({}, {"second_factor": factor}))


def names_tried(now: datetime) -> int:
    """How many names somebody got wrong lately, from whatever addresses."""
    lately = AccessAttempt.objects.filter(attempt_time__gt=now - settings.AXES_COOLOFF_TIME)
    return int(lately.values("username").distinct().count())


def record_denial(request: HttpRequest) -> None:
    """Somebody tried what they may not do: the page and the row, nothing of what was sent."""
    match = request.resolver_match
    page = (match.view_name if match else "") or "unknown"
    rows = {name: value for name, value in (match.kwargs if match else {}).items() if str(value).isdigit()}
    assert isinstance(request.user, AbstractUser)
    with transaction.atomic():
        audit.record(
            "denied", f"page:{page}", by=request.user, change=({}, {"method": request.method, **rows})
        )


@receiver(user_login_failed, dispatch_uid="support.sign_ins.failed")
def record_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, factor: str = "password", **_: Any
) -> None:
    """Never the name that was typed: it may be a password in the wrong box."""
    count = getattr(request, "axes_failures_since_start", None)
    if count is None:  # locked out already: that was recorded
        return
    user = get_user_model().objects.filter(username=credentials.get("username") or "").first()
    if user is None and names_tried(timezone.now()) > MANY_NAMES:
        return  # an attack must not fill a table that nobody can empty; the alert counts it
    locked = bool(count >= settings.AXES_FAILURE_LIMIT)
    after = {"wrong": factor, "in_a_row": count, "locked": locked}
    with transaction.atomic():
        audit.record("sign_in_failed", user or "user:unknown", by=None, change=({}, after))


@receiver(user_logged_out, dispatch_uid="support.sign_ins.out")
def record_sign_out(user: AbstractUser | None, **_: Any) -> None:
    if user is not None:
        with transaction.atomic():
            audit.record("sign_out", user, by=user)
