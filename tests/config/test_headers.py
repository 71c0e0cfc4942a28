"""In production each page and each refusal tells the browser what it may do; every cookie is for us only."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse

import config.middleware  # noqa: F401  (it dates sessions; a client loads it with its first request only)
from config import urls
from tests.config.production import GOOD, run
from tests.factories import UserFactory
from tests.support.rights.staff import LOGIN, PASSWORD, code_of, hired
from tests.support.rights.walking import fill, make_world, office

NAMES = (
    *("CONTENT_SECURITY_POLICY", "X_FRAME_OPTIONS", "SECOND_FACTOR_REQUIRED", "SECURE_SSL_REDIRECT"),
    *("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"),
    *("SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_REFERRER_POLICY"),
    *("SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE"),
    *("CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_SAMESITE"),
)
LOOK = "import json; from django.conf import settings as s; "
LOOK += f"print(json.dumps({{name: getattr(s, name) for name in {NAMES}}}))"
YEAR = 31_536_000


def explode(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


class WithBrokenPages:
    urlpatterns = [*urls.urlpatterns, path("broken", explode)]
    handler400, handler403 = urls.handler400, urls.handler403
    handler404, handler500 = urls.handler404, urls.handler500


class Encrypted(Client):
    """A browser that asks by https only."""

    def generic(self, *arguments: Any, **options: Any) -> Any:
        return super().generic(*arguments, **options | {"secure": True})


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    """What a production process has for these settings."""
    told = run(LOOK, GOOD)
    assert told.returncode == 0, told.stderr
    found: dict[str, Any] = json.loads(told.stdout)
    return found


@pytest.fixture
def production(values: dict[str, Any], db: None) -> Iterator[Client]:
    fast = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(**values, ROOT_URLCONF=WithBrokenPages, PASSWORD_HASHERS=fast):
        yield Encrypted(raise_request_exception=False)


def missing(answer: Any) -> list[str]:
    """What the answer fails to say."""
    policy = answer.headers.get("Content-Security-Policy", "")
    hsts = answer.headers.get("Strict-Transport-Security", "")
    age = hsts.removeprefix("max-age=").split(";")[0]
    says = {
        "default-src none": "default-src 'none'" in policy,
        "frame-ancestors none": "frame-ancestors 'none'" in policy,
        "nothing unsafe": "unsafe" not in policy and "*" not in policy,
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "no frames": answer.headers.get("X-Frame-Options") == "DENY",
        "no referrer elsewhere": answer.headers.get("Referrer-Policy") == "same-origin",
        "a year of https": age.isdigit() and int(age) >= YEAR and "includeSubDomains" in hsts,
        "no banner": not {"Server", "X-Powered-By"} & set(answer.headers),
    }
    return [words for words, said in says.items() if not said] + loose_cookies(answer)


def loose_cookies(answer: Any) -> list[str]:
    return [
        name
        for name, cookie in answer.cookies.items()
        if not (cookie["secure"] and cookie["httponly"] and cookie["samesite"] and cookie["path"] == "/")
        or cookie["domain"]
    ]


def test_every_page_of_the_back_office_says_it_and_is_kept_by_no_cache(production: Client) -> None:
    make_world()
    production.force_login(UserFactory.create(superuser=True), "django.contrib.auth.backends.ModelBackend")
    with override_settings(SECOND_FACTOR_REQUIRED=False):
        pages = [(page.name, production.get(fill(page))) for page in office()]

    assert sum(answer.status_code == 200 for _, answer in pages) > 20
    assert {name: missing(answer) for name, answer in pages if missing(answer)} == {}
    assert [name for name, answer in pages if "no-store" not in answer.headers["Cache-Control"]] == []


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/admin/login/", 200),
        ("get", "/healthz", 200),
        ("get", "/admin/", 302),
        ("post", "/admin/login/", 403),
        ("get", "/admin/customers/customer/?q=%00", 302),
        ("get", "/nowhere", 404),
        ("get", "/admin/nowhere/", 302),
        ("get", "/api/webhooks/stripe", 405),
        ("post", "/api/webhooks/stripe", 415),
        ("get", "/broken", 500),
    ],
)
def test_every_kind_of_answer_says_it(production: Client, method: str, address: str, status: int) -> None:
    production.handler.enforce_csrf_checks = True

    answer = getattr(production, method)(address)

    assert (answer.status_code, missing(answer)) == (status, [])


def test_a_strange_host_is_refused_with_the_same_words(production: Client) -> None:
    answer = production.get("/admin/login/", headers={"Host": "evil.example"})

    assert (answer.status_code, missing(answer)) == (400, [])


def test_who_comes_in_the_clear_is_sent_on_or_refused_and_framed_by_nobody(production: Client) -> None:
    for address, host in (
        ("/admin/", "testserver"),
        ("/api/webhooks/stripe", "testserver"),
        ("/", "evil.example"),
    ):
        answer = Client(raise_request_exception=False).get(address, headers={"Host": host})
        assert answer.status_code in (301, 400, 403)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], address
        assert not answer.cookies


def test_the_session_is_one_hosts_only_and_script_cannot_read_it(production: Client) -> None:
    ann = hired(app=True, superuser=True)
    ann.client = Encrypted()
    first = ann.client.post(LOGIN, {"username": ann.user.username, "password": PASSWORD})
    second = ann.enters_code(code_of(ann.user))

    for answer in (first, second):
        assert answer.cookies["__Host-sessionid"].value
        assert (answer.status_code, missing(answer)) == (302, [])
    assert first.cookies["__Host-sessionid"].value != second.cookies["__Host-sessionid"].value
    assert ann.client.get(reverse("admin:index")).status_code == 200
