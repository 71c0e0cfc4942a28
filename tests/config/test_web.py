"""What every page and every machine endpoint answers: ids, headers, generic errors, no redirects."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import get_resolver, path
from django.utils import timezone

from config import urls
from config.middleware import RealPeer
from integrations.models import Heartbeat


def explode(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("SELECT canary FROM settings")


class WithBrokenPages:
    """The product's addresses and two that fail."""

    urlpatterns = [*urls.urlpatterns, path("api/broken", explode), path("broken", explode)]
    handler400, handler403 = urls.handler400, urls.handler403
    handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture
def broken() -> Iterator[Client]:
    with override_settings(ROOT_URLCONF=WithBrokenPages):
        yield Client(raise_request_exception=False)


def test_a_sane_request_id_is_kept_and_echoed(client: Client) -> None:
    assert (
        client.get("/healthz", headers={"X-Request-Id": "deploy-12345678"})["X-Request-Id"]
        == "deploy-12345678"
    )


@pytest.mark.parametrize("given", ["", "short", "x" * 65, 'a"b{c}d e f', "12345678\r\nX-Evil: 1"])
def test_any_other_request_id_is_replaced(client: Client, given: str) -> None:
    assert re.fullmatch(
        r"[0-9a-f]{32}", client.get("/healthz", headers={"X-Request-Id": given})["X-Request-Id"]
    )


def test_a_crash_shows_a_machine_generic_text_and_the_id(broken: Client) -> None:
    answer = broken.get("/api/broken")

    assert answer.status_code == 500
    assert answer.json() == {
        "error": "Something went wrong on our side.",
        "request_id": answer["X-Request-Id"],
    }


@pytest.mark.parametrize(("address", "status"), [("/broken", 500), ("/nowhere", 404), ("/broken?x=%00", 500)])
def test_an_error_page_shows_a_person_generic_text_and_the_id(
    broken: Client, address: str, status: int
) -> None:
    answer = broken.get(address)
    text = answer.content.decode()

    assert answer.status_code == status
    assert answer["X-Request-Id"] in text
    assert not re.search(r"canary|Traceback|RuntimeError|site-packages|Django|config\.", text)


def test_an_unknown_host_is_refused_with_the_generic_page(client: Client) -> None:
    answer = client.get("/nowhere", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize("address", ["/healthz", "/nowhere", "/api/nowhere", "/admin/login/"])
@pytest.mark.django_db
def test_every_answer_carries_the_security_headers(client: Client, address: str) -> None:
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "Server" not in answer


@pytest.mark.django_db
def test_admin_pages_are_never_stored(client: Client) -> None:
    for address in ("/admin/", "/admin/login/", "/admin/jsi18n/", "/admin/nowhere/"):
        assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        *(("/healthz", 403), ("/nowhere", 404), ("/admin/login/", 403), ("/api/support/tickets", 401)),
        *(("/", 403), ("/admin/", 403)),
    ],
)
@pytest.mark.django_db
def test_a_body_may_have_a_megabyte_whatever_the_address(address: str, status: int) -> None:
    """Larger ones are refused by what their head declares: nothing of them is read."""
    stranger = Client(enforce_csrf_checks=True)
    for declared, answered in ((1_048_576, status), (1_048_577, 413), (10**10, 413)):
        answer = stranger.post(address, {"reason": "x"}, CONTENT_LENGTH=str(declared))

        assert answer.status_code == answered, declared
        if answered == 413:
            assert answer["X-Request-Id"] in answer.content.decode()


@pytest.mark.parametrize("address", ["/api/webhooks/stripe", "/api/nowhere", "/healthz", "/readyz"])
@pytest.mark.django_db
def test_plain_http_on_a_machine_endpoint_is_never_redirected(client: Client, address: str) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True):
        answer = client.post(address, b"{}", content_type="application/json")

    assert not 300 <= answer.status_code < 400
    if address.startswith("/api/"):
        assert answer.status_code == 403
        assert answer.json()["error"] == "This address needs https."


def test_people_are_sent_to_https(client: Client) -> None:
    with override_settings(SECURE_SSL_REDIRECT=True):
        assert client.get("/admin/")["Location"] == "https://testserver/admin/"


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "seen"),
    [
        ([], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "<script>", "10.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_says_who_the_peer_is(
    trusted: list[str], peer: str, forwarded: str, seen: str, rf: RequestFactory
) -> None:
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https", "X-Real-IP": "1.1.1.1"}
    request = rf.get("/", REMOTE_ADDR=peer, headers=headers)
    with override_settings(TRUSTED_PROXIES=trusted):
        RealPeer(lambda _: HttpResponse())(request)

    assert request.META["REMOTE_ADDR"] == seen
    assert request.is_secure() == (peer == "10.0.0.1")


@pytest.mark.django_db
def test_five_wrong_passwords_lock_the_account_whatever_headers_say(client: Client) -> None:
    User.objects.create_superuser("founder", password="right-and-long-1")
    address = "/admin/login/"
    for number in range(5):
        forged = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}"}
        client.post(address, {"username": "founder", "password": "x"}, headers=forged)

    locked = client.post(address, {"username": "founder", "password": "right-and-long-1"})
    unknown = client.post(address, {"username": "nobody", "password": "right-and-long-1"})

    assert AccessAttempt.objects.get(username="founder").failures_since_start >= 5
    assert "_auth_user_id" not in client.session
    assert locked.status_code == unknown.status_code


@pytest.mark.django_db
def test_a_staff_session_ends_after_twelve_hours_of_steady_work(client: Client) -> None:
    client.force_login(User.objects.create_superuser("founder", password="right-and-long-1"))
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(24):
            clock.shift(timedelta(minutes=29))
            client.get("/admin/")
        assert "_auth_user_id" in client.session

        clock.shift(timedelta(minutes=29))
        client.get("/admin/")
        assert "_auth_user_id" not in client.session


def test_alive_needs_no_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.post("/healthz").status_code == 405


def test_alive_needs_no_database_for_who_is_signed_in_either(client: Client) -> None:
    """A browser sends its session along: with the database frozen this waited 5 s and answered 500."""
    client.cookies[settings.SESSION_COOKIE_NAME] = "a-session-of-staff"

    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sweeper", "worker", "status"), [(0, 0, 200), (50, 50, 200), (61, 0, 503), (0, 61, 503), (None, 0, 503)]
)
def test_ready_means_that_sweeper_and_worker_beat(
    client: Client, sweeper: int | None, worker: int | None, status: int
) -> None:
    now = timezone.now()
    for name, age in (("sweeper:a", sweeper), ("worker:a", worker)):
        if age is not None:
            Heartbeat.objects.create(name=name, beat_at=now - timedelta(seconds=age))

    answer = client.get("/readyz")

    assert answer.status_code == status
    assert set(json.loads(answer.content)) == {"status"}


def test_only_the_webhooks_escape_the_csrf_check() -> None:
    exempt = [
        str(pattern.pattern)
        for pattern in get_resolver().url_patterns
        if getattr(getattr(pattern, "callback", None), "csrf_exempt", False)
    ]

    assert all(address.startswith("api/webhooks/") for address in exempt)
