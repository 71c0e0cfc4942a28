"""When a table that guards the door does not answer, nobody comes in; Stripe is answered all the same."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from billing.models import StripeEvent
from integrations.sandbox.stripe.events import build, signature
from tests.support.rights.staff import FRONT, Person, code_of, hired

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_quiet")]
PATIENCE_MS = 1_000  # the web process has 4 s
LOCK_OUT, SECOND_FACTOR, RECORD = "axes_accessattempt", "otp_totp_totpdevice", "support_auditentry"
SESSIONS, ACCOUNTS = "django_session", "auth_user"
GUARDS = (LOCK_OUT, SECOND_FACTOR, SESSIONS, ACCOUNTS)  # asked before a code is spent


@pytest.fixture(autouse=True)
def _impatient(settings: Settings) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECOND_FACTOR_REQUIRED = True
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = %s", [PATIENCE_MS])
    yield
    connection.close()


@pytest.fixture
def ann() -> Person:
    person = hired(app=True, superuser=True)
    person.client = Client(raise_request_exception=False)
    return person


@contextmanager
def locked(*tables: str) -> Iterator[None]:
    """Somebody else holds the tables, so that not even a look at them is answered."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            for table in tables:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        other.rollback()
        other.close()


def test_the_right_password_is_not_enough_while_a_guard_is_silent(ann: Person) -> None:
    for table in GUARDS:
        with locked(table):
            assert ann.enters_password().status_code >= 500, table
        assert not ann.is_in(), table

    ann.enters_password()
    ann.enters_code(code_of(ann.user))
    assert ann.is_in()


def test_the_right_code_is_not_enough_while_a_guard_is_silent(ann: Person) -> None:
    ann.enters_password()
    code = code_of(ann.user)
    for table in (*GUARDS, RECORD):
        with locked(table):
            assert ann.enters_code(code).status_code >= 500, table
        assert not ann.is_in(), table


def test_who_is_in_sees_nothing_while_it_cannot_be_told_who_they_are(ann: Person) -> None:
    ann.enters_password()
    ann.enters_code(code_of(ann.user))
    for table in (SECOND_FACTOR, SESSIONS, ACCOUNTS):
        with locked(table):
            assert ann.client.get(FRONT).status_code >= 500, table
        assert ann.is_in(), table


def test_an_act_is_not_done_while_the_record_is_silent(ann: Person) -> None:
    ann.enters_password()
    ann.enters_code(code_of(ann.user))
    add = {"username": "intruder", "password1": "a long enough one", "password2": "a long enough one"}
    with locked(RECORD):
        answer = ann.client.post("/admin/auth/user/add/", add | {"reason": "x", "usable_password": "true"})
        assert answer.status_code >= 500

    assert not type(ann.user).objects.filter(username="intruder").exists()


def test_stripe_is_answered_while_every_guard_of_the_door_is_silent(settings: Settings) -> None:
    body = json.dumps(build("ping", {"id": "obj_1", "object": "thing"}, created=int(time.time()))).encode()
    signed = signature(body, secret=settings.STRIPE_WEBHOOK_SECRETS[0], at=time.time())
    with locked(*GUARDS, RECORD):
        answer = Client().post(
            "/api/webhooks/stripe",
            body,
            content_type="application/json",
            headers={"Stripe-Signature": signed},
        )
        assert answer.status_code == 200
        assert StripeEvent.objects.count() == 1
