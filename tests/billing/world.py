"""A sandbox Stripe, the sample catalogue, and the real URL to deliver events to."""

import json
import random
from collections.abc import Iterable
from typing import Any

from django.test import Client

from billing import lanes
from billing.models import Price, StripeEvent
from customers.models import Customer, Plan
from integrations.sandbox import Sandbox

URL = "/api/webhooks/stripe"


class World:
    """What a billing test needs: the truth at Stripe, deliveries in any order, and the inbox run to its end."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.stripe = sandbox.stripe
        self._client = Client()

    def deliver(self, *events: dict[str, Any]) -> list[int]:
        """Post each event, signed, to the real URL; the answers' status codes."""
        return [self.post(json.dumps(event).encode()) for event in events]

    def post(self, body: bytes, *, signature: str | None = None) -> int:
        """Post raw bytes; signed properly unless told otherwise."""
        header = self.stripe.sign(body) if signature is None else signature
        answer = self._client.post(
            URL, body, content_type="application/json", headers={"Stripe-Signature": header}
        )
        return int(answer.status_code)

    def process(self) -> None:
        """Run what is due in the inbox until nothing is."""
        while ids := lanes.claim_events(50):
            for each in ids:
                lanes.run_event(each)

    def play(self, events: Iterable[dict[str, Any]], *, at_once: bool = False) -> None:
        """Deliver events one by one, processing after each; or all of them before processing."""
        for event in events:
            assert self.deliver(event) == [200]
            if not at_once:
                self.process()
        self.process()

    def person(self, email: str) -> Customer:
        return Customer.objects.get(email=email)

    def event(self, event: dict[str, Any]) -> StripeEvent:
        return StripeEvent.objects.get(event_id=event["id"])


def stock_plans() -> None:
    """The plans and prices of the sandbox's sample catalogue, without any destination."""
    starter = Plan.objects.create(slug="starter", name="Starter", rank=10)
    pro = Plan.objects.create(slug="pro", name="Pro", rank=20, support_tier="priority")
    lifetime = Plan.objects.create(slug="lifetime", name="Lifetime", rank=30)
    for price, plan in {
        "price_starter_month": starter,
        "price_pro_month": pro,
        "price_pro_year": pro,
        "price_lifetime": lifetime,
    }.items():
        Price.objects.create(stripe_id=price, plan=plan)


def shuffled(events: Iterable[dict[str, Any]], *, seed: int) -> list[dict[str, Any]]:
    """The events in another order, the same one for the same seed."""
    order = list(events)
    random.Random(seed).shuffle(order)
    return order
