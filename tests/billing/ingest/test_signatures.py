"""Only Stripe gets in: signatures, their age, and secrets that are being rolled."""

import json
import time
from typing import Any

import pytest
from pytest_django import Settings

from billing.models import StripeEvent
from tests.billing.world import World


@pytest.fixture
def body(world: World) -> bytes:
    return json.dumps(world.stripe.event("customer.updated", {"id": "cus_1", "object": "customer"})).encode()


def _flipped(signature: str) -> str:
    return signature[:-1] + ("0" if signature[-1] != "0" else "1")


def _bad_signatures(good: str) -> list[str]:
    stamp, mac = good.split(",v1=")
    return [
        _flipped(good),
        f"{stamp},v0={mac}",
        "",
        "t=",
        stamp,
        "garbage",
        f"{stamp},v1=é",
        f"{stamp}, v1={mac}",
        f"t=NaN,v1={mac}",
        f"t=-1,v1={mac}",
        f"t=1e400,v1={mac}",
        f"t={'9' * 400},v1={mac}",
        stamp + f",v1={'0' * 64}" * 10_000,
        "v1=" + "0" * 1_000_000,
    ]


def test_a_delivery_without_a_good_signature_is_refused_and_leaves_nothing(world: World, body: bytes) -> None:
    world.browser.get("/healthz")  # the first request of a process loads all addresses
    longest = 0.0
    for bad in _bad_signatures(world.stripe.sign(body)):
        started = time.process_time()
        assert world.post(body, signature=bad) == 400, bad[:80]
        longest = max(longest, time.process_time() - started)
    print(f"a refusal took {1_000 * longest:.0f} ms of the processor at most")
    assert longest < 0.2
    assert world.post(body, signature=world.stripe.sign(body, secret="whsec_of_somebody_else")) == 400
    assert not StripeEvent.objects.exists()


def test_a_delivery_without_the_header_is_refused(world: World, body: bytes) -> None:
    answer = world.browser.post("/api/webhooks/stripe", body, content_type="application/json")

    assert answer.status_code == 400
    assert "cus_1" not in answer.content.decode()


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (0, 200),
        (290, 200),
        (-290, 200),
        (310, 400),
        (3_600, 400),
        (-310, 400),
        (-86_400, 400),
        (-315_360_000, 400),
    ],
)
def test_a_signature_counts_for_five_minutes_to_both_sides(
    world: World, body: bytes, age: int, status: int
) -> None:
    assert world.post(body, signature=world.stripe.sign(body, at=time.time() - age)) == status


def _tampered(event: dict[str, Any]) -> list[bytes]:
    plain = json.dumps(event)
    return [
        plain.replace("cus_1", "cus_2").encode(),
        plain.replace("2900", "1").encode(),
        plain.replace("customer.updated", "customer.deleted").encode(),
        plain.encode() + b" ",
        json.dumps(event, indent=1).encode(),
        b"\xef\xbb\xbf" + plain.encode(),
    ]


def test_a_body_that_was_changed_after_signing_is_refused(world: World) -> None:
    event = world.stripe.event("customer.updated", {"id": "cus_1", "object": "customer", "balance": 2900})
    signature = world.stripe.sign(json.dumps(event).encode())

    assert [world.post(body, signature=signature) for body in _tampered(event)] == [400] * 6
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("times", [1, pytest.param(250, marks=pytest.mark.chaos)])
def test_no_delivery_is_refused_while_the_secret_is_rolled(
    world: World, settings: Settings, times: int
) -> None:
    old, new = world.stripe.webhook_secret, "whsec_the_new_one"

    def posted(*secrets: str) -> int:
        event = world.stripe.event("customer.updated", {"id": "cus_1", "object": "customer"})
        body = json.dumps(event).encode()
        parts = [world.stripe.sign(body, secret=secret) for secret in secrets]
        macs = "".join("," + part.split(",")[1] for part in parts)
        return world.post(body, signature=parts[0].split(",")[0] + macs)

    settings.STRIPE_WEBHOOK_SECRETS = [old, new]
    for _ in range(times):
        assert [posted(old), posted(new), posted(old, new), posted(new, old)] == [200] * 4

    settings.STRIPE_WEBHOOK_SECRETS = [new]
    assert [posted(old, new), posted(new), posted(old)] == [200, 200, 400]
