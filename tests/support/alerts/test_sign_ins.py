"""Somebody who guesses passwords is told about, one on many names or many on few; Stripe does not notice."""

import json
import logging
import os
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from billing.models import StripeEvent
from integrations.sandbox.stripe.events import build, signature
from support.alerts.sign_ins import MANY_FAILURES
from support.models import AuditEntry, Severity
from support.sign_ins import MANY_NAMES
from tests.support.alerts.world import open_now, the_alert

LOGIN = reverse("admin:login")
KEY = "sign_ins_guessed"
NAMES = int(os.environ.get("SPRAYED_NAMES", "40"))


@pytest.fixture(autouse=True)
def _fast(settings: Settings) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def wrong(name: str, *, address: str = "203.0.113.9") -> None:
    Client(REMOTE_ADDR=address).post(LOGIN, {"username": name, "password": "Summer2026!"})


def test_one_password_on_many_names_is_one_alert_that_says_what_to_do() -> None:
    for number in range(NAMES):
        wrong(f"name{number}")

    assert open_now() == [KEY]
    alert = the_alert(KEY)
    counted = f"{NAMES:,} wrong passwords or codes for {NAMES:,} names from 1 addresses within 15 minutes"
    assert counted in alert.what
    assert "Unlock sign-in" in alert.next_step
    assert alert.severity == Severity.CRITICAL
    assert "name1" not in f"{alert.what}{alert.next_step}"
    assert AuditEntry.objects.count() <= MANY_NAMES + 1


def test_a_few_who_mistype_are_no_alert() -> None:
    for number in range(MANY_NAMES):
        wrong(f"name{number}")

    assert open_now() == []


def test_one_name_from_many_addresses_is_the_same_alert() -> None:
    for number in range(MANY_FAILURES + 1):
        wrong("founder", address=f"203.0.113.{number // 5}")

    assert open_now() == [KEY]
    assert f"for 1 names from {MANY_FAILURES // 5 + 1} addresses" in the_alert(KEY).what


def test_it_closes_itself_when_nobody_has_guessed_for_a_quarter_of_an_hour() -> None:
    for number in range(MANY_NAMES + 1):
        wrong(f"name{number}")
    assert open_now() == [KEY]

    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=15))

    assert open_now() == []


def test_stripe_is_answered_while_somebody_guesses(settings: Settings) -> None:
    for _ in range(8):
        wrong("founder")
    body = json.dumps(build("ping", {"id": "obj_1", "object": "thing"}, created=int(time.time()))).encode()
    signed = signature(body, secret=settings.STRIPE_WEBHOOK_SECRETS[0], at=time.time())

    answer = Client(REMOTE_ADDR="203.0.113.9").post(
        "/api/webhooks/stripe", body, content_type="application/json", headers={"Stripe-Signature": signed}
    )

    assert answer.status_code == 200
    assert StripeEvent.objects.count() == 1
