"""The raw body of an event, one click away: readable, without secrets and personal data."""

import json
import os
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from support.screen.payload import REMOVED, UNSHOWN, redacted
from tests.bringup.capabilities import shared_path
from tests.factories import StripeEventFactory

BODY = {
    "id": "evt_1",
    "type": "checkout.session.completed",
    "data": {
        "object": {
            "id": "cs_test_1",
            "amount_total": 4900,
            "customer_details": {"email": "ann@example.test", "name": "Ann Keller"},
            "client_secret": "cs_test_1_secret",
            "metadata": {"note": "call Ann"},
            "lines": [{"price": "price_1", "contact": "ann@example.test"}],
            "hosted_invoice_url": "https://invoice.example.test/i/1",
        }
    },
}


def test_ids_states_and_amounts_stay_readable() -> None:
    shown = json.loads(redacted(json.dumps(BODY)))["data"]["object"]

    assert shown["id"] == "cs_test_1"
    assert shown["amount_total"] == 4900
    assert shown["lines"][0]["price"] == "price_1"


def test_people_and_secrets_are_removed() -> None:
    shown = redacted(json.dumps(BODY))

    for private in ("ann@", "Ann", '_secret": "cs', "invoice.example"):
        assert private not in shown
    assert shown.count(REMOVED) == 5


@given(st.text())
def test_any_body_can_be_shown(body: str) -> None:
    assert redacted(body)


@pytest.mark.parametrize("body", ["", "{", "[" * 100_000])
def test_what_is_no_json_is_not_shown(body: str) -> None:
    assert redacted(body) == UNSHOWN


def test_the_page_of_an_event_shows_the_redacted_body(viewer: Client) -> None:
    event = StripeEventFactory.create(body=json.dumps(BODY))

    page = viewer.get(reverse("admin:billing_stripeevent_change", args=[event.pk])).content.decode()

    assert "cs_test_1" in page
    assert "ann@example.test" not in page
    assert "Ann Keller" not in page


def test_no_recorded_event_shows_an_e_mail_address() -> None:
    folder: Path = shared_path("STRIPE_CORPUS_DIR")
    files = sorted(folder.rglob("*.json"))

    assert files, os.fspath(folder)
    for file in files:
        assert "@" not in redacted(file.read_text()), file.name
