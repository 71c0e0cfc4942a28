"""Who is in the sandbox, and what Stripe, Circle and Kit hold for each."""

from collections.abc import Iterator
from dataclasses import dataclass

from integrations.sandbox.routing import Json
from integrations.sandbox.world import Sandbox

LIVING = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete")


@dataclass(frozen=True)
class Person:
    """One address, and what is held for it, as short texts."""

    email: str
    stripe: list[str]
    groups: list[str]
    circle_tags: list[str]
    invitations: int
    kit_state: str
    kit_tags: list[str]
    sequences: list[str]


def everybody(sandbox: Sandbox) -> list[Person]:
    """Newest first."""
    with sandbox.lock:
        emails = [each.get("email") for each in sandbox.stripe.where("customer")]
        emails += [each["customer_email"] for each in sandbox.stripe.where("checkout.session")]
        emails += [each["email"] for each in sandbox.circle.members.values()]
        emails += [each["email_address"] for each in sandbox.kit.subscribers.values()]
        known = dict.fromkeys(str(email).lower() for email in reversed(emails) if email)
        return [person(sandbox, email) for email in known]


def person(sandbox: Sandbox, email: str) -> Person:
    circle, kit = sandbox.circle, sandbox.kit
    subscriber = kit.subscriber(email)
    return Person(
        email=email,
        stripe=[*map(_subscription, subscriptions(sandbox, email)), *map(_payment, payments(sandbox, email))],
        groups=[circle.groups[number]["name"] for number in sorted(circle.groups_of(email))],
        circle_tags=sorted(circle.tags_of(email)),
        invitations=circle.invitations.count(email),
        kit_state=subscriber["state"] if subscriber else "",
        kit_tags=sorted(kit.tags_of(email)),
        sequences=[kit.sequences[number]["name"] for address, number in kit.enrolments if address == email],
    )


def customers(sandbox: Sandbox, email: str) -> set[str]:
    return {
        each["id"] for each in sandbox.stripe.where("customer") if (each.get("email") or "").lower() == email
    }


def subscriptions(sandbox: Sandbox, email: str) -> list[Json]:
    owners = customers(sandbox, email)
    return [each for each in sandbox.stripe.where("subscription") if each["customer"] in owners]


def payments(sandbox: Sandbox, email: str) -> list[Json]:
    """Payment intents of one-time purchases."""
    return [
        sandbox.stripe.objects[each["payment_intent"]]
        for each in sandbox.stripe.where("checkout.session", mode="payment")
        if each["customer_email"].lower() == email and each["payment_intent"]
    ]


def living(sandbox: Sandbox, email: str) -> Json | None:
    """The newest subscription that has not ended."""
    found = [each for each in subscriptions(sandbox, email) if each["status"] in LIVING]
    return found[-1] if found else None


def charges(sandbox: Sandbox, email: str) -> Iterator[Json]:
    """Paid charges, newest first."""
    owners = customers(sandbox, email)
    for each in reversed(list(sandbox.stripe.where("charge"))):
        theirs = each["customer"] in owners or (each["billing_details"]["email"] or "").lower() == email
        if each["paid"] and theirs:
            yield each


def _subscription(sub: Json) -> str:
    ending = ", ends with the period" if sub["cancel_at_period_end"] and sub["status"] != "canceled" else ""
    return f"{sub['items']['data'][0]['price']['id']}: {sub['status']}{ending}"


def _payment(intent: Json) -> str:
    return f"{intent['amount'] / 100:.2f} {intent['currency']}: {intent['status']}"
