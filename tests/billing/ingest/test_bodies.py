"""Bodies of every size and shape: refused or stored, never an error of ours."""

import json

import pytest

from billing.models import StripeEvent
from tests.billing.world import World

GOOD = {"id": "evt_1", "type": "customer.updated", "data": {"object": {"id": "cus_1", "object": "customer"}}}
DEEP = b"[" * 5_000 + b"]" * 5_000

NO_EVENTS = {
    "not JSON": b"hello",
    "empty": b"",
    "an array": b"[]",
    "null": b"null",
    "a string": b'"x"',
    "an empty object": b"{}",
    "no type": json.dumps({**GOOD, "type": None}).encode(),
    "no id": json.dumps({**GOOD, "id": ""}).encode(),
    "an id of 10,000 characters": json.dumps({**GOOD, "id": "evt_" + "1" * 10_000}).encode(),
    "an id with a NUL": json.dumps({**GOOD, "id": "evt_\0"}).encode(),
    "an id that is a number": json.dumps({**GOOD, "id": 5}).encode(),
    "a type of 10,000 characters": json.dumps({**GOOD, "type": "c" * 10_000}).encode(),
    "nested 5,000 deep": DEEP,
    "nested 100,000 deep": b'{"a":' * 100_000,
    "not UTF-8": b'{"id": "evt_\xff", "type": "x"}',
    "a raw NUL": b'{"id": "evt_1", "type": "x", "a": "\0"}',
    "a number of 5,000 digits": b'{"id": "evt_1", "type": "x", "a": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("body", NO_EVENTS.values(), ids=NO_EVENTS.keys())
def test_a_signed_body_that_is_no_event_is_refused(world: World, body: bytes) -> None:
    assert world.post(body) == 400
    assert not StripeEvent.objects.exists()


ODD_EVENTS = {
    "no data": {**GOOD, "data": None},
    "data without an object": {**GOOD, "data": {}},
    "an object that is an array": {**GOOD, "data": {"object": []}},
    "an object without an id": {**GOOD, "data": {"object": {"object": "customer"}}},
    "an id that is an object": {**GOOD, "data": {"object": {"id": {"id": 7}}}},
    "escaped NUL and half a surrogate": {**GOOD, "data": {"object": {"id": "cus_\0", "name": "\ud800"}}},
    "a date that is no date": {**GOOD, "created": "yesterday"},
    "a date beyond all calendars": {**GOOD, "created": 1e300},
    "an API version that is a list": {**GOOD, "api_version": [1]},
}


@pytest.mark.parametrize("event", ODD_EVENTS.values(), ids=ODD_EVENTS.keys())
def test_a_signed_event_with_odd_parts_is_stored_and_settled(world: World, event: dict[str, object]) -> None:
    assert world.deliver(event) == [200]
    world.process()

    stored = StripeEvent.objects.get()
    assert (stored.status, stored.reason) in {("ignored", "names_no_object"), ("failed", "not_found")}


def test_of_a_key_that_comes_twice_the_last_counts(world: World) -> None:
    body = b'{"id": "evt_1", "id": "evt_2", "type": "ping"}'

    assert world.post(body) == 200
    assert StripeEvent.objects.get().event_id == "evt_2"


def _of_size(size: int) -> bytes:
    empty = json.dumps({**GOOD, "padding": ""}).encode()
    return json.dumps({**GOOD, "padding": "x" * (size - len(empty))}).encode()


@pytest.mark.parametrize(
    ("size", "status"),
    [(300_000, 200), (1_048_576, 200), (1_048_577, 413), (5_000_000, 413)],
)
def test_a_body_over_a_megabyte_is_too_large(world: World, size: int, status: int) -> None:
    assert world.post(_of_size(size)) == status
    assert StripeEvent.objects.exists() is (status == 200)


def test_a_body_without_a_length_is_not_read(world: World) -> None:
    body = json.dumps(GOOD).encode()

    assert world.post(body, CONTENT_LENGTH="") == 400
    assert world.post(body, CONTENT_LENGTH="many") == 413
    assert world.post(body, CONTENT_LENGTH="²") == 413


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ],
)
def test_deliveries_are_json(world: World, content_type: str, status: int) -> None:
    assert world.post(json.dumps(GOOD).encode(), content_type=content_type) == status


@pytest.mark.parametrize("slash", ["", "/"])
def test_only_post_is_answered_and_nothing_is_redirected(world: World, slash: str) -> None:
    address = f"/api/webhooks/stripe{slash}"

    for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        assert world.browser.generic(method, address).status_code == 405, method
    body = json.dumps(GOOD).encode()
    header = {"Stripe-Signature": world.stripe.sign(body)}
    answer = world.browser.post(address, body, content_type="application/json", headers=header)
    assert answer.status_code == 200
    assert not StripeEvent.objects.exclude(event_id="evt_1").exists()
