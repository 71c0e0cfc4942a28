"""Whom it would touch if a price sold a plan: tried on everybody who pays it, before it is decided."""

import copy
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from billing import prices, rederiving
from billing.models import Payment, Price, Subscription
from customers.models import Customer, Entitlement, Plan
from customers.state import resolve
from integrations.connectors import CONNECTORS
from integrations.models import Connection, Mode, OneTimeEffect, PlanMapping, Sync
from integrations.person import FRESH, WELCOME
from support.mapping.choices import directories
from support.mapping.preview import MOST, Preview, Tally, named, too_many, wanted
from support.mapping.selling import Sale
from support.screen.consequences import as_if
from support.screen.naming import place_of

Sold = Mapping[str, Sequence[Plan | None]]  # by subject: the plans that a purchase would give


def preview(sale: Sale, *, now: datetime) -> Preview:
    """What everybody who pays the price would get and lose. A constant number of queries; changes nothing."""
    ids = rederiving.holders([sale.price])
    people = list(Customer.objects.filter(pk__in=ids[:MOST]).select_related("plan").order_by("pk"))
    trial = _Trial(sale, people)
    for customer in people:
        trial.add(customer, now=now)
    return Preview(
        people=len(people),
        more=len(ids) > MOST,
        lines=trial.lines(),
        mails=trial.mails + sum(each.invited for each in trial.tallies.values()),
        losing=trial.losing,
        held=any(too_many(each.losing) for each in trial.tallies.values()),
    )


class _Trial:
    """The change tried on one person after the other, by what was read once for all of them."""

    def __init__(self, sale: Sale, people: Sequence[Customer]) -> None:
        live = Connection.objects.filter(kind__in=CONNECTORS, mode=Mode.LIVE)
        self._sale, self._sold = sale, _sold(sale)
        self._names = dict(Plan.objects.values_list("slug", "name"))
        self._connections = list(live.order_by("slug"))
        self._mappings: dict[int, dict[str, Mapping[str, Any]]] = {each.pk: {} for each in self._connections}
        for row in PlanMapping.objects.filter(connection__in=self._connections).select_related("plan"):
            self._mappings[row.connection_id][row.plan.slug] = row.options
        self._held: dict[int, list[Entitlement]] = defaultdict(list)
        for held in Entitlement.objects.filter(customer__in=people).select_related("plan").order_by("pk"):
            self._held[held.customer_id].append(held)
        syncs = Sync.objects.filter(customer__in=people)
        self._syncs = {(each.customer_id, each.connection_id): each for each in syncs}
        effects = OneTimeEffect.objects.filter(customer__in=people, kind=WELCOME)
        self._welcomed = set(effects.values_list("connection_id", "subject"))
        self.tallies = {each.pk: Tally(each) for each in self._connections}
        self.mails = self.losing = 0
        self._told: Counter[str] = Counter()

    def add(self, customer: Customer, *, now: datetime) -> None:
        supposed = _supposed(self._held[customer.pk], self._sold)
        state = resolve(supposed, now=now)
        before, after = set(customer.grants), as_if(customer, state)
        self._told.update(f"get {self._names.get(each, each)}" for each in state.grants - before)
        self._told.update(f"lose {self._names.get(each, each)}" for each in before - state.grants)
        self.losing += bool(before - state.grants)
        for each in self._connections:
            sync = self._syncs.get((customer.pk, each.pk)) or Sync(customer=customer, connection=each)
            mappings = self._mappings[each.pk]
            self.tallies[each.pk].add(sync, wanted(customer, each, mappings), wanted(after, each, mappings))
            welcomes = mappings.get(self._sale.plan.slug, {}).get(f"{WELCOME}_sequence")
            if welcomes and not sync.gets_no_mail:
                bought = self._bought_lately(supposed, now=now)
                self.mails += sum((each.pk, subject) not in self._welcomed for subject in bought)

    def lines(self) -> list[tuple[str, int]]:
        names = directories(self._connections)
        there = [
            (f"{place_of(each)}: {named(words, names[each.pk])}", count)
            for each in self._connections
            for words, count in self.tallies[each.pk].told.most_common()
        ]
        return [*self._told.most_common(), *there]

    def _bought_lately(self, held: Iterable[Entitlement], *, now: datetime) -> set[str]:
        """Purchases of the plan that are welcomed: nobody is written to about longer ago."""
        bought = (each for each in held if each.subject in self._sold and each.plan == self._sale.plan)
        return {each.subject for each in bought if each.gives_access(now) and each.starts_at > now - FRESH}


def _sold(sale: Sale) -> Sold:
    """What each purchase of this price would give by the price being mapped."""
    uses = rederiving.using([sale.price])
    rows: list[Subscription | Payment] = [
        *Subscription.objects.filter(uses).only("stripe_id", "prices", "raw_prices"),
        *Payment.objects.filter(uses).only("stripe_id", "invoice", "prices", "raw_prices"),
    ]
    ids = {price for row in rows for price in (*row.prices, *row.raw_prices)}
    plans = {sale.price: sale.plan}
    for price in Price.objects.filter(stripe_id__in=ids, plan__isnull=False).select_related("plan"):
        if price.plan is not None:
            plans[price.stripe_id] = price.plan
    ignored = prices.ignored(ids)
    return {key: _plans(row, plans, ignored) for row in rows for key in _keys(row)}


def _keys(row: Subscription | Payment) -> list[str]:
    """What its purchase is known by: a one-off invoice's by the invoice, or by one of its payments."""
    return [row.stripe_id, row.invoice] if isinstance(row, Payment) and row.invoice else [row.stripe_id]


def _plans(
    row: Subscription | Payment, plans: Mapping[str, Plan], ignored: Collection[str]
) -> list[Plan | None]:
    understood = prices.laid(row.raw_prices, mapped=plans, ignored=ignored, before=row.prices).prices
    return list({plans[each] for each in understood if each in plans}) or [None]


def _supposed(held: Iterable[Entitlement], sold: Sold) -> list[Entitlement]:
    """The entitlements with what these purchases would give; copies, so nothing stored changes."""
    kept: list[Entitlement] = []
    first: dict[str, Entitlement] = {}
    for each in held:
        if each.subject in sold:
            first.setdefault(each.subject, each)
        else:
            kept.append(each)
    for subject, model in first.items():
        for plan in sold[subject]:
            row = copy.copy(model)
            row.plan = plan
            kept.append(row)
    return kept
