"""Envelopes to Sentry hold no secret and no personal data; what cannot be cleaned is not sent."""

import json
import logging
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from config import sentry

DSN = "https://madeup@errors.example.com/1"
PERSON = "ada@canary.example"
SENT: list[bytes] = []


class Captured(Transport):
    """Keeps what would go over the wire."""

    def capture_envelope(self, envelope: Envelope) -> None:
        SENT.append(envelope.serialize())


@pytest.fixture(autouse=True)
def started() -> Iterator[None]:
    SENT.clear()
    sentry.start(dsn=DSN, release="r1", environment="test", transport=Captured)
    with sentry_sdk.isolation_scope():
        yield
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def envelope() -> tuple[str, dict[str, Any]]:
    (raw,) = SENT
    text = raw.decode()
    return text, json.loads(text.splitlines()[2])


def test_without_a_dsn_nothing_is_started() -> None:
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)

    sentry.start(dsn="", release="r1", environment="test")

    assert not sentry_sdk.get_client().is_active()


def test_a_crash_arrives_with_its_place_and_without_anything_private() -> None:
    canary = secrets.token_hex(8)  # not written here: the source around the crash does arrive
    headers = {"Authorization": f"Bearer {canary}", "name": canary}
    sentry_sdk.set_user({"email": canary, "username": canary})
    sentry_sdk.set_extra("payload", {"name": canary})
    sentry_sdk.set_context("customer", {"name": canary})
    sentry_sdk.set_tag("customer", canary)
    sentry_sdk.set_tag("request_id", "r-12345678")
    sentry_sdk.add_breadcrumb(message=f"GET /search?email={canary}", data={"headers": headers})
    try:
        raise ConnectionError(f"url: /members/search?email={canary}@example.com refused sk_test_{canary}")
    except ConnectionError as error:
        sentry_sdk.capture_exception(error)

    text, event = envelope()
    assert canary not in text
    assert event["exception"]["values"][0]["type"] == "ConnectionError"
    assert event["exception"]["values"][0]["stacktrace"]["frames"][-1]["lineno"]
    assert event["tags"] == {"request_id": "r-12345678"}


def test_an_error_log_arrives_without_its_arguments() -> None:
    logging.getLogger("integrations").error("no member %s", PERSON, extra={"body": "canary"})

    text, event = envelope()
    assert "canary" not in text
    assert event["message"] == "no member [removed]"


def test_a_request_is_its_method_and_path() -> None:
    request: dict[str, object] = {
        "method": "POST",
        "url": f"https://office.example.com/admin/?q={PERSON}",
        "query_string": f"q={PERSON}",
        "headers": {"Cookie": "canary"},
        "data": "canary",
        "env": {"REMOTE_ADDR": "canary"},
    }
    sentry_sdk.capture_event({"message": "x", "request": request, "server_name": "canary"})

    text, event = envelope()
    assert "canary" not in text
    assert event["request"] == {"method": "POST", "url": "https://office.example.com/admin/"}


def test_an_event_that_cannot_be_cleaned_is_dropped() -> None:
    assert sentry.clean_event({"exception": {"values": [None]}}, {}) is None  # type: ignore[list-item]
    assert sentry.clean_breadcrumb(None, {}) is None  # type: ignore[arg-type]

    sentry_sdk.capture_event({"spans": [7], "message": "canary"})  # type: ignore[list-item]
    assert not any(b"canary" in raw for raw in SENT)
