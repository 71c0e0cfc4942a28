"""Playing a tale in every order, and the answer that must come out each time."""

import itertools
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from billing.models import CheckoutSession, Payment, StripeCustomer, StripeEvent, Subscription
from customers.models import Customer, Entitlement
from tests.billing.world import Event, World

MOST_ORDERS = 120
SEED = 20261123
# Of a longer tale so many ways are drawn, others in each run; THOROUGH=1 plays them all, as CI does.
A_FEW = 6


@dataclass(frozen=True)
class Tale:
    """What Stripe delivers about a truth that already stands there. `secret`: who signs, if not the usual."""

    email: str
    deliveries: list[Event]
    secret: str | None = None


@dataclass(frozen=True)
class Answer:
    """What must be true in the end, whatever the order. Amounts are cents; `history` is sorted."""

    status: str
    plans: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)
    refunded: int = 0
    history: list[str] = field(default_factory=list)
    events: set[str] = field(default_factory=lambda: {"processed"})
    customers: int = 1
    subscriptions: int = 1
    external_id: str = ""


def right_in_every_order(
    world: World, tell: Callable[[World], Tale], answer: Answer, *, part: tuple[int, int] = (0, 1)
) -> None:
    """Every order of the deliveries, each of them doubled, processed one by one and all at once.

    `part`: only each n-th of them, from the given one on, so that several workers can share a long tale.
    """
    first, parts = part
    mine = list(ways(len(tell(world).deliveries)))[first::parts]
    few = A_FEW // parts
    if len(mine) > few and not os.environ.get("THOROUGH"):
        mine = random.sample(mine, few)  # pytest-randomly prints and sets the seed
    for order, at_once in mine:
        before = _rows()
        tale = tell(world)
        world.play([tale.deliveries[each] for each in order], at_once=at_once, secret=tale.secret)
        found = answer_for(world, tale)
        assert found == answer, f"order {order}, processed at once: {at_once}: {found}"
        assert _rows(newer_than=before) == {
            "people": 1,
            "stripe_customers": answer.customers,
            "subscriptions": answer.subscriptions,
            "payments": len(answer.paid),
        }


def ways(count: int) -> Iterator[tuple[tuple[int, ...], bool]]:
    """Orders of `count` deliveries that each come twice, and whether all come before any is processed.

    Every order of the first arrivals, both ways; above 120 orders a sample of 120, the ways in turn.
    Where the second arrivals fall is drawn, always the same.
    """
    draw = random.Random(SEED)
    firsts = list(itertools.permutations(range(count)))
    if len(firsts) > MOST_ORDERS:
        sample = draw.sample(firsts, MOST_ORDERS)
        yield from ((_doubled(first, draw), place % 2 == 0) for place, first in enumerate(sample))
        return
    for first in firsts:
        yield _doubled(first, draw), False
        yield _doubled(first, draw), True


def _doubled(first: tuple[int, ...], draw: random.Random) -> tuple[int, ...]:
    order = list(first)
    for each in first:
        order.insert(draw.randint(order.index(each) + 1, len(order)), each)
    return tuple(order)


def answer_for(world: World, tale: Tale) -> Answer:
    """What our rows say about the person of a tale."""
    person = world.person(tale.email)
    assert person.has_access == bool(person.grants)
    assert sorted(person.grants) == sorted(
        each.plan.slug for each in Entitlement.objects.filter(customer=person) if _gives(each) and each.plan
    )
    payments = Payment.objects.filter(customer=person).order_by("amount_received")
    ids = [event["id"] for event in tale.deliveries]
    return Answer(
        status=person.status,
        plans=sorted(person.grants),
        flags=list(person.flags),
        paid=[each.amount_received for each in payments],
        refunded=sum(each.amount_refunded for each in payments),
        history=world.history(tale.email),
        events=set(StripeEvent.objects.filter(event_id__in=ids).values_list("status", flat=True)),
        customers=person.stripe_customers.count(),
        subscriptions=Subscription.objects.filter(stripe_customer__customer=person).count(),
        external_id=person.external_id,
    )


def _gives(entitlement: Entitlement) -> bool:
    return entitlement.state in ("active", "trialing", "paid_in_full", "past_due")


def _rows(*, newer_than: dict[str, int] | None = None) -> dict[str, int]:
    """How many rows there are, or how many more than before."""
    now = {
        "people": Customer.objects.count(),
        "stripe_customers": StripeCustomer.objects.count(),
        "subscriptions": Subscription.objects.count(),
        "payments": Payment.objects.count(),
    }
    assert not CheckoutSession.objects.filter(customer__isnull=True).exists()
    return now if newer_than is None else {name: now[name] - newer_than[name] for name in now}
