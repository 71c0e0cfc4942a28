"""POST /api/support/tickets: who may, how often, how large, once for each key of the sender."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now, Trunc
from django.test import Client
from pytest_django import Settings

from customers.models import Customer
from support.models import ApiMinute, Message, Ticket
from support.tickets import throttle

ADDRESS = "/api/support/tickets"
TOKEN, OTHER = "a-token-for-this-test-only-0123456789", "another-one-for-this-test-9876543210"
GOOD = {"email": "Ada@Example.test", "subject": "I cannot get in", "body": "Why?"}


@pytest.fixture(autouse=True)
def tokens(settings: Settings, db: None) -> None:
    settings.SUPPORT_API_TOKENS = [TOKEN, OTHER]


def post(client: Client, body: Any = GOOD, *, token: str = TOKEN) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post(ADDRESS, text, content_type="application/json", headers=headers)


def test_a_ticket_is_opened_and_matched(client: Client, ada: Customer) -> None:
    answer = post(client)

    ticket = Ticket.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"id": ticket.pk, "status": "open"})
    assert (ticket.customer, ticket.match, ticket.source) == (ada, "email", "api")
    assert (ticket.email, ticket.opened_plan) == ("ada@example.test", "pro")
    assert Message.objects.get().body == "Why?"


def test_a_stranger_may_ask_too(client: Client) -> None:
    assert post(client).status_code == 201
    assert Ticket.objects.get().match == "nobody"


def test_the_same_key_again_is_the_same_ticket(client: Client) -> None:
    first = post(client, GOOD | {"external_id": "form-1"})
    again = post(client, GOOD | {"external_id": "form-1"})
    other = post(client, GOOD | {"external_id": "form-2"})

    assert [each.status_code for each in (first, again, other)] == [201, 200, 201]
    assert first.json() == again.json()
    assert Message.objects.filter(ticket_id=first.json()["id"]).count() == 1


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "\x00"])
def test_without_a_token_nothing_is_opened(client: Client, token: str) -> None:
    answer = post(client, token=token)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert not Ticket.objects.exists()


def test_while_no_token_is_set_there_is_no_such_address(client: Client, settings: Settings) -> None:
    settings.SUPPORT_API_TOKENS = []

    assert post(client).status_code == 404
    assert post(client, token="").status_code == 404


@pytest.mark.parametrize("verb", ["get", "put", "delete", "patch"])
def test_other_verbs_are_refused(client: Client, verb: str) -> None:
    answer = getattr(client, verb)(ADDRESS, headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": None}, "email"),
        ({"email": "a" * 330 + "@example.test"}, "email"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"subject": ["x"]}, "subject"),
        ({"body": "\u0000"}, "body"),
        ({"body": "\ud800"}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"body": {"a": 1}}, "body"),
        ({"external_id": "x" * 129}, "external_id"),
        ({"external_id": "a b"}, "external_id"),
        ({"external_id": "a\nb"}, "external_id"),
    ],
)
def test_what_is_wrong_is_named(client: Client, body: dict[str, Any], field: str) -> None:
    answer = post(client, GOOD | body)

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "NaN", "[" * 50_000, "\ufeff{}"])
def test_what_is_no_ticket_is_refused(client: Client, body: str) -> None:
    assert post(client, body).status_code == 400


def test_too_much_is_refused_unread(client: Client) -> None:
    assert post(client, GOOD | {"junk": "x" * 200_000}).status_code == 413


def test_only_json_is_understood(client: Client) -> None:
    answer = client.post(ADDRESS, GOOD, headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 415


def test_who_sends_too_much_waits_and_nobody_else_does(client: Client) -> None:
    post(client)
    ApiMinute.objects.update(count=throttle.PER_MINUTE)
    # The count goes on in the next minute when the test runs across its end.
    mine = ApiMinute.objects.get()
    ApiMinute.objects.create(
        sender=mine.sender, minute=mine.minute + timedelta(minutes=1), count=throttle.PER_MINUTE
    )

    refused = post(client)

    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert post(client, token=OTHER).status_code == 201
    assert Ticket.objects.count() == 2


def test_the_count_names_no_token_and_is_forgotten(client: Client) -> None:
    long_ago = Trunc(Now() - timedelta(hours=2), "minute")
    ApiMinute.objects.create(sender="gone", minute=long_ago)

    post(client)

    assert TOKEN not in str(list(ApiMinute.objects.values()))
    assert not ApiMinute.objects.filter(sender="gone").exists()


def test_a_subject_of_several_lines_is_one_line(client: Client) -> None:
    post(client, GOOD | {"subject": "Help\nBcc: everybody@example.test"})

    assert Ticket.objects.get().subject == "Help Bcc: everybody@example.test"


def test_nothing_of_it_is_logged(client: Client, capfd: pytest.CaptureFixture[str]) -> None:
    post(client)
    post(client, GOOD | {"email": "nonsense at example"})
    post(client, token="wrong")

    said = "".join(capfd.readouterr()).lower()
    assert "ada@" not in said
    assert "nonsense" not in said
    assert TOKEN not in said
