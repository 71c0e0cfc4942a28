"""The customer as a connector sees them: read at the moment of sending, so it is never stale."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from customers.models import Customer, Entitlement, LifecycleEvent
from customers.vocabulary import ENDED, LifecycleType, Source, Status

# A mapping that is added later must not write to people about the past.
FRESH = timedelta(days=7)
WELCOME, CANCELLATION, DUNNING, REACTIVATION = "welcome", "cancellation", "dunning", "reactivation"


@dataclass(frozen=True)
class Occasion:
    """Something worth one message. `subject` is its key at Stripe (sub_, pi_, in_); `plan` is a slug."""

    kind: str
    subject: str
    plan: str
    happened_at: datetime


@dataclass(frozen=True)
class Person:
    """All that a destination may be told. `grants` are the slugs of the plans that give access now."""

    customer_id: int
    version: int
    email: str
    name: str
    country: str
    status: str
    has_access: bool
    plan: str
    plan_name: str
    interval: str
    support_tier: str
    grants: tuple[str, ...]
    ever_held_a_plan: bool
    occasions: tuple[Occasion, ...] = ()

    @property
    def first_name(self) -> str:
        return self.name.split(" ", 1)[0]


def load(customer_id: int, *, now: datetime) -> Person:
    """The person as they are in the database now, all of one moment.

    Several statements read them. Whoever changes what a destination may know raises the version, so they are
    read until it stays: half of each would welcome somebody as the lead that they were.
    """
    while True:
        person = _read(customer_id, now=now)
        if Customer.objects.filter(pk=customer_id, version=person.version).exists():
            return person


def _read(customer_id: int, *, now: datetime) -> Person:
    customer = Customer.objects.select_related("plan").get(pk=customer_id)
    held = list(Entitlement.objects.filter(customer_id=customer_id).select_related("plan"))
    return person_of(customer, held, now=now)


def person_of(customer: Customer, held: list[Entitlement], *, now: datetime) -> Person:
    """The person that these rows make, stored or only supposed (for a preview)."""
    return Person(
        customer_id=customer.pk,
        version=customer.version,
        email=customer.email,
        name=customer.name,
        country=customer.country,
        status=customer.status,
        has_access=customer.has_access,
        plan=customer.plan.slug if customer.plan else "",
        plan_name=customer.plan.name if customer.plan else "",
        interval=customer.interval,
        support_tier=customer.support_tier,
        grants=tuple(sorted(customer.grants)),
        ever_held_a_plan=any(each.plan is not None for each in held),
        occasions=tuple(_occasions(customer, held, now=now)),
    )


def _occasions(customer: Customer, held: list[Entitlement], *, now: datetime) -> list[Occasion]:
    found = _welcomes(held, now=now)
    if not customer.has_access:
        found += _goodbyes(held)
    plan = customer.plan.slug if customer.plan else ""
    found += [Occasion(kind, event.subject, plan, event.happened_at) for kind, event in _told(customer)]
    return sorted(
        (each for each in found if each.happened_at > now - FRESH),
        key=lambda each: (each.happened_at, each.kind),
    )


def _welcomes(held: list[Entitlement], *, now: datetime) -> list[Occasion]:
    """One for each purchase that gives access now; of several plans in one purchase the best."""
    best: dict[str, Entitlement] = {}
    for each in sorted(held, key=lambda each: each.plan.rank if each.plan else 0):
        if each.source != Source.OVERRIDE and each.gives_access(now):
            best[each.subject] = each
    return [Occasion(WELCOME, each.subject, _slug(each), each.starts_at) for each in best.values()]


def _goodbyes(held: list[Entitlement]) -> list[Occasion]:
    return [
        Occasion(CANCELLATION, each.subject, _slug(each), each.ended_at)
        for each in held
        if each.state in ENDED and each.ended_at is not None and each.source != Source.OVERRIDE
    ]


def _told(customer: Customer) -> list[tuple[str, LifecycleEvent]]:
    kinds = {LifecycleType.REACTIVATED: REACTIVATION}
    if customer.status == Status.PAST_DUE:
        kinds[LifecycleType.PAYMENT_FAILED] = DUNNING
    events = LifecycleEvent.objects.filter(customer=customer, type__in=kinds)
    return [(kinds[LifecycleType(event.type)], event) for event in events]


def _slug(entitlement: Entitlement) -> str:
    return entitlement.plan.slug if entitlement.plan else ""
