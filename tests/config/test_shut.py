"""What is often left open is shut: no files, no monitors, no debuggers, no banner that names a version."""

import http.client
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.processes import Product, until
from tests.support.rights.walking import addresses

SHUT = (
    *("/.git/HEAD", "/.git/config", "/.env", "/.dev/values.env", "/.well-known/security.txt"),
    *("/manage.py", "/config/settings.py", "/requirements.in", "/Procfile", "/db.sqlite3", "/backup.sql"),
    *("/flower", "/flower/", "/metrics", "/metrics/", "/status", "/server-status", "/debug", "/debug/pprof"),
    *("/__debug__/", "/__debug__/render_panel/", "/silk/", "/rq/", "/celery/", "/redis", "/phpinfo.php"),
    *("/api", "/api/", "/api/docs", "/api/schema", "/openapi.json", "/swagger/", "/graphql", "/rest/"),
    *("/static", "/static/", "/static/../manage.py", "/static/../../etc/passwd", "/static/support/"),
    *("/static/%2e%2e/manage.py", "/static/..%2fmanage.py", "/static/%2e%2e%2f%2e%2e%2fetc/passwd"),
    *("/static//etc/passwd", "/static/..\\manage.py", "/static/support/../../manage.py", "/static/%00"),
    *("/media/", "//evil.example/..", "/accounts/login/"),
)
VERSION = re.compile(r"\d+\.\d+|gunicorn/|Django|Python|WhiteNoise", re.IGNORECASE)


@pytest.fixture(scope="module", params=["development", "production"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The Procfile's web process. It has no database: nothing that is shut may want one."""
    extra = {"ALLOWED_HOSTS": "127.0.0.1,office.example.com", "TRUSTED_PROXIES": "127.0.0.1"}
    if request.param == "production":
        extra |= {"ENVIRONMENT": "production", "BASE_URL": "https://office.example.com"}
        for name in ("STRIPE", "CIRCLE", "KIT"):
            extra[f"{name}_API_BASE"] = "https://api.example.com"
    with Product(
        "postgresql://nobody@127.0.0.1:9/nothing", redis_url="redis://127.0.0.1:9/0", extra=extra
    ) as product:
        product.start("web")
        until(lambda: product.get("/healthz") == 200, seconds=90, what="it answers")
        yield product.address


def asked(address: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """The path as it is: a client would tidy it up. As from the router that ends TLS."""
    parts = urlsplit(address)
    wire = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    wire.putrequest("GET", path, skip_host=True)
    wire.putheader("Host", "office.example.com")
    wire.putheader("X-Forwarded-Proto", "https")
    wire.endheaders()
    answer = wire.getresponse()
    body = answer.read()
    wire.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_nothing_is_there_and_nobody_says_what_runs_here(address: str) -> None:
    for path in SHUT:
        status, headers, body = asked(address, path)
        assert status in (400, 401, 404), (path, status)
        assert not {"x-powered-by", "via"} & set(headers), path
        assert not VERSION.search(headers.get("server", "")), path
        assert not re.search(rb"Traceback|Django|gunicorn|root:|settings", body), path


def test_no_address_is_for_looking_inside() -> None:
    inside = re.compile(r"debug|flower|metrics|silk|schema|swagger|\.git|doc/")

    assert [each.route for each in addresses() if inside.search(each.route)] == []


def test_whoever_is_not_signed_in_learns_nothing_from_guessing_pages_of_the_office(client: Client) -> None:
    for path in (
        "/admin/nowhere/",
        "/admin/doc/",
        "/admin/filebrowser/",
        "/admin/axes/",
        "/admin/django_celery_beat/",
        "/admin/otp_totp/",
    ):
        assert client.get(path).headers["Location"].startswith("/admin/login/"), path
