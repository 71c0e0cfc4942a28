"""Secrets and personal data do not survive redaction, in whatever wording they come."""

import base64
from urllib.parse import quote

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from integrations.redaction import MAX_TEXT, REMOVED, redact, redact_text

PERSON = "ada.canary+shop@mail.example.com"
KEY = "sk_" + "test_canary0123456789"
SIGNING = "whsec_" + "canary0123456789"

TEXTS = [
    (f"key {KEY} refused", "canary"),
    (f"restricted {KEY.replace('sk_', 'rk_')}", "canary"),
    (f"live {KEY.replace('test', 'live')}", "canary"),
    (f"secret={SIGNING}", "canary"),
    ("Authorization: Bearer canary-abc.def", "canary"),
    ("{'Authorization': 'Bearer canary-abc.def'}", "canary"),
    ("Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==", "Y2Fu"),
    ("X-Kit-Api-Key: canary123", "canary"),
    ('{"api_key": "canary 123"}', "canary"),
    ("password=canary&next=1", "canary"),
    (f"no member {PERSON} here", "ada"),
    (f"no member <{PERSON}>", "canary"),
    ("to=" + quote(PERSON), "canary"),
    ("ÄDA@münchen.example", "münchen"),
    ("Max retries exceeded with url: /v2/members/search?email=ada%40canary.example (Caused by x)", "canary"),
    ("GET https://api.example.com/v1/x?customer=canary&a=b done", "canary"),
    ("postgresql://app:canary@db.example.com/launch", "canary"),
    ("redis://:canary@127.0.0.1:6379/0", "canary"),
    ("https://canary@errors.example.com/1", "canary"),
    ("GET /status/canary-token 200", "canary"),
    ("card 4242 4242 4242 4242 declined", "4242"),
    ("card 378282246310005", "378282246310005"),
    ("null value\nDETAIL:  Failing row contains (1, Ada Canary,\n Street 1).", "Canary"),
]


@pytest.mark.parametrize(("text", "canary"), TEXTS)
def test_a_text_loses_its_secret(text: str, canary: str) -> None:
    assert canary not in redact_text(text)
    assert REMOVED in redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "evt_1QabcDEFghiJKLmnoPQRstuv stored for cus_QabcDEFghiJKLm",
        "cs_test_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6",
        "sync 4711 applied 12 of 12 in 83 ms at 2026-11-23T18:00:00Z",
        "Task integrations.tasks.run_sync[0b7c9f6e-2a47-4c52-9d6a-1f4c1a3d9e11] received",
        "POST /api/webhooks/stripe 200 17",
    ],
)
def test_what_is_needed_to_find_an_error_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize("name", ["STRIPE_API_KEY", "SECRET_KEY", "CIRCLE_API_TOKEN", "KIT_API_KEY"])
def test_our_own_secrets_are_removed_however_they_are_written(name: str) -> None:
    secret = getattr(settings, name)

    for written in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode().rstrip("=")):
        assert written not in redact_text(f"before{written}after")


def test_private_keys_are_emptied_at_any_depth() -> None:
    customer = {"Email": "x", "full-name": "Ada", "id": 7}

    assert redact({"customer": customer, "list": [{"api_key": "k"}], "body": b"x"}) == {
        "customer": {"Email": REMOVED, "full-name": REMOVED, "id": 7},
        "list": [{"api_key": REMOVED}],
        "body": REMOVED,
    }


def test_an_object_shows_its_kind_only() -> None:
    class Customer:
        def __repr__(self) -> str:
            return "Ada Canary"

    assert redact({"customer": Customer()}) == {"customer": "<Customer>"}


def test_something_that_contains_itself_ends() -> None:
    loop: dict[str, object] = {}
    loop["again"] = loop

    assert REMOVED in str(redact(loop))


def test_a_long_text_is_cut_where_no_half_secret_can_stay() -> None:
    text = "x " * (MAX_TEXT // 2 - 4) + KEY

    assert "canary" not in redact_text(text)
    assert len(redact_text("y" * 10 * MAX_TEXT)) < MAX_TEXT


@given(st.text(), st.text())
def test_an_address_never_survives_its_surroundings(before: str, after: str) -> None:
    assert PERSON not in redact_text(f"{before} {PERSON} {after}")
