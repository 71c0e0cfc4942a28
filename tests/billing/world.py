"""A sandbox Stripe, the sample catalogue, and the real URL to deliver events to."""

import itertools
import json
from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.test import Client

from billing import lanes, rereads
from billing.models import Price, StripeEvent, Subscription
from customers.models import Customer, Plan
from integrations.models import Connection
from integrations.sandbox import Sandbox

URL = "/api/webhooks/stripe"
Event = dict[str, Any]


class World:
    """The truth at Stripe, deliveries in any order, and the inbox run to its end."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.stripe = sandbox.stripe
        self.browser = Client(raise_request_exception=False)
        self._numbers = itertools.count(1)

    def somebody(self) -> str:
        """An address that nobody had before."""
        return f"person{next(self._numbers)}@example.com"

    def deliver(self, *events: Event, secret: str | None = None) -> list[int]:
        """Post each event, signed, to the real URL; the answers' status codes."""
        bodies = [json.dumps(event).encode() for event in events]
        return [self.post(body, signature=self.stripe.sign(body, secret=secret)) for body in bodies]

    def post(self, body: bytes, *, signature: str | None = None, **options: Any) -> int:
        """Post raw bytes; signed properly unless told otherwise."""
        header = self.stripe.sign(body) if signature is None else signature
        options.setdefault("content_type", "application/json")
        answer = self.browser.post(URL, body, headers={"Stripe-Signature": header}, **options)
        return int(answer.status_code)

    def process(self) -> None:
        """Run what is due in the inbox until nothing is."""
        while ids := lanes.claim_events(50):
            for each in ids:
                lanes.run_event(each)

    def reread(self) -> int:
        """Run the subscriptions whose date has passed; returns how many there were."""
        ids = lanes.claim_rereads(50)
        for each in ids:
            rereads.run(each)
        return len(ids)

    def play(self, events: Iterable[Event], *, at_once: bool = False, secret: str | None = None) -> None:
        """Deliver events one by one, processing after each; or all of them before processing."""
        for event in events:
            assert self.deliver(event, secret=secret) == [200]
            if not at_once:
                self.process()
        self.process()

    def know(self, *, since: int = 0) -> None:
        """Let us hear of everything that Stripe said so far (from event number `since` on)."""
        self.play(self.stripe.events[since:], at_once=True)

    def wait(self) -> None:
        """As if the time until the next try, of events and of dates at Stripe, had passed."""
        StripeEvent.objects.filter(due_at__gt=Now()).update(due_at=Now())
        Connection.objects.filter(slug="stripe").update(wait_until=None, open_until=None)

    def date_passes(self, subscription: str) -> None:
        """As if the next date that Stripe owns had come."""
        due = Subscription.objects.filter(stripe_id=subscription, reread_at__isnull=False)
        assert due.update(reread_at=Now(), read_started_at=F("read_started_at")) == 1

    def person(self, email: str) -> Customer:
        return Customer.objects.get(email=email)

    def event(self, event: Event) -> StripeEvent:
        return StripeEvent.objects.get(event_id=event["id"])

    def history(self, email: str) -> list[str]:
        """The types of what happened to the person, sorted."""
        return sorted(self.person(email).lifecycle_events.values_list("type", flat=True))


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


def unhurried_stripe() -> None:
    """Our account at a Stripe that allows more calls per second than a test makes."""
    Connection.objects.create(
        slug="stripe", kind="stripe", credential="STRIPE_API_KEY", options={"calls_per_window": 1_000_000}
    )
