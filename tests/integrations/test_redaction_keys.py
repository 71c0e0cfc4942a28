"""Which keys hold secrets or personal data, one by one, and how far a value is looked into."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from integrations import redaction
from integrations.redaction import REMOVED, is_private, protect, redact, redact_text

PRIVATE = [
    "Authorization", "proxy_authorization", "token", "access-token", "client_secret", "Secret",
    "password", "user_password", "passwd", "Cookie", "set-cookie", "apiKey", "x-api-key", "credential",
    "credentials", "signature", "stripe_signature", "csrfmiddlewaretoken", "x-csrf", "dsn", "SENTRY_DSN",
    "email",
    "customer_email", "phone", "phone_number", "address", "billing-address", "card", "card_number",
    "first_name", "lastName", "full_name", "username", "customer_name", "name", "user", "to", "body",
    "payload", "data", "json", "query", "query_string", "headers", "params", "args", "kwargs", "ip",
    "remote_addr", "session",
]  # fmt: skip
HARMLESS = ["id", "status", "code", "fencing_token", "connection", "plan", "sync", "host", "names", "tools"]


@pytest.mark.parametrize("key", PRIVATE)
def test_a_private_key_hides_its_value(key: str) -> None:
    assert is_private(key)
    assert redact({key: "Ada"}) == {key: REMOVED}


@pytest.mark.parametrize("key", HARMLESS)
def test_a_harmless_key_shows_its_value(key: str) -> None:
    assert not is_private(key)
    assert redact({key: "pro"}) == {key: "pro"}


@pytest.mark.parametrize("nothing", [None, "", True, False])
def test_under_a_private_key_nothing_is_nothing(nothing: object) -> None:
    assert redact({"email": nothing}) == {"email": nothing}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7, 7),
        (1.5, 1.5),
        (float("inf"), "inf"),
        (Decimal("2.50"), "2.50"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23 00:00:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (ValueError("no ada@example.com"), f"ValueError: no {REMOVED}"),
        (("a", {"b"}, frozenset({"c"})), ["a", ["b"], ["c"]]),
    ],
)
def test_values_become_json(value: object, shown: object) -> None:
    assert redact(value) == shown


def test_a_key_that_is_an_address_is_hidden_too() -> None:
    assert redact({"ada@example.com": 1}) == {REMOVED: 1}


def test_eight_levels_are_shown_and_no_more() -> None:
    nested: object = "end"
    for _ in range(8):
        nested = [nested]
    assert "end" in str(redact(nested))
    assert "end" not in str(redact([nested]))


def test_eight_levels_of_names_too() -> None:
    nested: object = "end"
    for _ in range(8):
        nested = {"plan": nested}
    assert "end" in str(redact(nested))
    assert "end" not in str(redact({"plan": nested}))


def test_a_secret_of_fewer_than_eight_characters_would_blank_half_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())
    protect(["1234567", "12345678"])
    assert redact_text("order 1234567 of x") == "order 1234567 of x"
    assert redact_text("order 12345678 of x") == f"order {REMOVED} of x"


@pytest.mark.parametrize("shown", ["of/the house", "of%2Fthe%20house", "b2YvdGhlIGhvdXNl"])
def test_a_secret_of_ours_is_known_as_it_is_quoted_and_in_base64(
    shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())
    protect(["of/the house"])

    assert redact_text(f"-{shown}-") == f"-{REMOVED}-"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4242 4242 4242 4242", REMOVED),
        ("4242-4242-4242-4242", REMOVED),
        ("4242 4242 4242 4241", "4242 4242 4242 4241"),  # no card: its check digit is wrong
        ("4222222222222", REMOVED),  # the shortest, 13 digits
        ("6304000000000000000", REMOVED),  # the longest, 19 digits
        ("63040000000000000000", "63040000000000000000"),
        ("account_4242424242424242", "account_4242424242424242"),
    ],
)
def test_a_card_is_known_by_its_check_digit(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("signed with whsec_abc/def+g=", f"signed with {REMOVED}"),
        ("asked Kit as kit_0123456789ab", f"asked Kit as {REMOVED}"),
        ("cannot reach redis://:pa55@host:6379/0", f"cannot reach redis://{REMOVED}@host:6379/0"),
        ("cannot reach postgres://app:pa55@localhost/db", f"cannot reach postgres://{REMOVED}@localhost/db"),
    ],
)
def test_a_secret_is_known_by_its_shape(text: str, shown: str) -> None:
    assert redact_text(text) == shown


@pytest.mark.parametrize("text", ["x", "x-", "'", "password", "a@", "?a=", "://", "x.x", "1 ", "DETAIL:"])
def test_no_text_keeps_the_log_waiting(text: str) -> None:
    started = time.process_time()
    redact_text(text * (16_000 // len(text)))

    assert time.process_time() - started < 5


def test_only_very_long_texts_are_cut() -> None:
    assert redact_text("x" * 16_000) == "x" * 16_000
    assert redact_text("x " * 8_001) == "x " * 7_999 + "x [cut]"
