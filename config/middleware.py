"""What every request passes through: its id, its real peer, TLS, its size, sign-in limits, no caching."""

import ipaddress
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware

from config.errors import answer
from support import audit, sign_ins
from support.admin import signin

GetResponse = Callable[[HttpRequest], HttpResponse]
SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
MACHINES = "/api/"
WEBHOOKS = "/api/webhooks/"
OFFICE = "/admin/"
PRIVATE_PAGES = (OFFICE, "/status/")
SIGNED_IN_AT = "signed_in_at"


class RequestId:
    """Give the request an id that its log lines, its answer and its error page share."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if SANE_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["REQUEST_ID"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class RealPeer:
    """Believe forwarded headers only from TRUSTED_PROXIES; from anybody else they are forged."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.trusted = [ipaddress.ip_network(each) for each in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            hops = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
            peer = next((each for each in reversed(hops) if not self._is_trusted(each)), "")
            if _is_address(peer):
                request.META["REMOTE_ADDR"] = peer
            if request.headers.get("X-Forwarded-Proto") == "https":
                request.META["wsgi.url_scheme"] = "https"
        address = request.META.get("REMOTE_ADDR", "")
        known = audit.peer.set(address if _is_address(address) else None)
        try:
            return self.get_response(request)
        finally:
            audit.peer.reset(known)

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ipaddress.ip_address(address) in each for each in self.trusted)


class NothingHuge:
    """Refuse by its head alone what is larger than anything of ours takes: Django reads files without limit.

    The webhooks say so themselves, and count it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        huge = declared.isdecimal() and int(declared) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if huge and not request.path.startswith(WEBHOOKS):
            return answer(request, status=413)
        return self.get_response(request)


class MachinesNeedTls:
    """Refuse plain http on machine endpoints: a redirect would hide that a body crossed the net in clear."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and request.path.startswith(MACHINES) and not request.is_secure():
            return answer(request, status=403, sentence="This address needs https.")
        return self.get_response(request)


class Common(CommonMiddleware):
    """Django's own, except that machine endpoints are never redirected."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        return not request.path.startswith(MACHINES) and bool(super().should_redirect_with_slash(request))


class Sessions(SessionMiddleware):
    """Django's own, except that only the office has sessions: elsewhere no answer waits for the database."""

    def process_request(self, request: HttpRequest) -> None:
        if not request.path.startswith(OFFICE):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        super().process_request(request)


class SessionLimit:
    """End a staff session 12 hours after sign-in, however busy it was."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            age = time.time() - request.session.get(SIGNED_IN_AT, 0)
            if age > settings.SESSION_ABSOLUTE_AGE:
                logout(request)
        return self.get_response(request)


class SecondFactor:
    """Show staff nothing but the next step until their sign-in is complete."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        step = signin.step_missing(request) if _is_staff_at_work(request) else None
        return step or self.get_response(request)


class DeniedActs:
    """Write down what signed-in staff tried and may not do."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        denied = response.status_code == 403 and request.method not in ("GET", "HEAD", "OPTIONS")
        if denied and _is_staff_at_work(request):
            sign_ins.record_denial(request)
        return response


class NoStore:
    """Keep pages with personal data out of every cache, the browser's included."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(PRIVATE_PAGES):
            response["Cache-Control"] = "no-store, private"
        return response


@receiver(request_finished, dispatch_uid="config.request_id")
def forget_ids(**_: Any) -> None:
    """Not in the middleware: Django logs the answer after the last middleware is done."""
    structlog.contextvars.clear_contextvars()


@receiver(user_logged_in, dispatch_uid="config.session_limit")
def remember_sign_in(request: HttpRequest, **_: Any) -> None:
    """The moment from which `SessionLimit` counts."""
    request.session[SIGNED_IN_AT] = time.time()


def _is_staff_at_work(request: HttpRequest) -> bool:
    in_office = request.path.startswith(OFFICE) and settings.SESSION_COOKIE_NAME in request.COOKIES
    return in_office and request.user.is_authenticated


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
