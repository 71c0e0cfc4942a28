"""What everybody should have, computed from the truth at the sandbox Stripe by rules of its own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from integrations.sandbox import Sandbox
from integrations.sandbox.routing import Json

PLAN = {
    "price_starter_month": "starter",
    "price_pro_month": "pro",
    "price_pro_year": "pro",
    "price_lifetime": "lifetime",
}
GROUP = {"pro": 101, "starter": 102, "lifetime": 103}
WELCOME = {501, 505, 506}
ENTITLING = ("active", "trialing", "past_due")  # nobody's grace of seven days ends within a run
LIVING = ("active", "trialing", "paid_in_full", "past_due", "paused", "unpaid")
RANK = {"starter": 10, "pro": 20, "lifetime": 30}

NOTHING: Mapping[str, str] = {}


@dataclass
class Wanted:
    """One person's plans, bought and given by staff, and the status that leads (None: nothing lives).

    What staff give only adds access: the status is that of what was bought.
    """

    plans: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    statuses: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def rights(self) -> set[str]:
        return self.plans | self.given

    @property
    def status(self) -> str | None:
        return max(self.statuses)[2] if self.statuses else None


def everybody(sandbox: Sandbox, given: Mapping[str, str] = NOTHING) -> dict[str, Wanted]:
    """E-mail to what Circle and Kit should hold; `given` is the plan that staff gave, by e-mail."""
    wanted: dict[str, Wanted] = defaultdict(Wanted)
    email = {each["id"]: each["email"] for each in sandbox.stripe.where("customer")}
    for subscription in sandbox.stripe.where("subscription"):
        _subscription(wanted[email[subscription["customer"]]], subscription)
    for session in sandbox.stripe.where("checkout.session"):
        if session["mode"] == "payment" and session["payment_status"] == "paid":
            _purchase(wanted[email[session["customer"]]], _charges(sandbox, session))
    for person, plan in given.items():
        wanted[person].given.add(plan)
    return dict(wanted)


def _subscription(person: Wanted, subscription: Json) -> None:
    plan = PLAN[subscription["items"]["data"][0]["price"]["id"]]
    if subscription["status"] in ENTITLING:
        person.plans.add(plan)
    _lives(person, plan, subscription["status"])


def _purchase(person: Wanted, charges: Iterable[Json]) -> None:
    if any(charge["amount"] > charge["amount_refunded"] for charge in charges):
        person.plans.add("lifetime")
        _lives(person, "lifetime", "paid_in_full")


def _lives(person: Wanted, plan: str, status: str) -> None:
    if status in LIVING:
        person.statuses.append((RANK[plan], -LIVING.index(status), status))


def _charges(sandbox: Sandbox, session: Json) -> list[Json]:
    return [
        each
        for each in sandbox.stripe.where("charge")
        if each["payment_intent"] == session["payment_intent"] and each["paid"]
    ]
