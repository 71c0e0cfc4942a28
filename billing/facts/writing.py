"""One reading becomes facts, entitlements, history and state, in one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from billing import entitlements, history, locks, purchases
from billing.facts import doubts, payments, people, sessions, subscriptions
from billing.models import Payment, StripeCustomer, Subscription
from billing.models.subscription import SubscriptionStatus
from billing.purchases import Purchase
from billing.reading import Money, Reading, database_now
from billing.shapes import invoice_is_paid, reference
from customers.happenings import Occurrence
from customers.lifecycle import Cause, recompute
from customers.models import Customer
from customers.vocabulary import LifecycleType

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """The signed body of one event: a verified snapshot of the past, used for history only."""

    type: str
    obj: Raw
    at: datetime
    previous: Raw = field(default_factory=dict)


def apply(reading: Reading, *, cause: Cause, told: Iterable[Told] = ()) -> dict[str, int]:
    """Write what was read, recompute everybody it touches; returns the person (id) of each root, where known.

    Safe to repeat and to race: each fact is locked and written only by the newest read.
    """
    with transaction.atomic():
        locks.objects(reading.ids())
        writer = _Writer(reading)
        writer.write()
        doubts.were_read(reading.roots(), now=reading.started_at)
        writer.remember(told)
        writer.recompute(cause)
    return writer.person_of


class _Writer:
    """Names everybody, locks the people, then writes facts and what they give, at last the state."""

    def __init__(self, reading: Reading) -> None:
        self.person_of: dict[str, int] = {}
        self._reading = reading
        self._at = reading.started_at
        self._happened: dict[int, list[Occurrence]] = defaultdict(list)
        self._owners: dict[str, StripeCustomer] = {}
        self._guests: dict[str, Customer] = {}
        self._written: list[Subscription] = []
        self._sold_before: dict[str, tuple[list[str], list[str]]] = {}  # all prices, and the understood
        self._paid_invoices: set[str] = set()

    def write(self) -> None:
        self._name_everybody()
        for id_ in sorted(self._owners):
            self._customer(id_, self._reading.customers[id_])
        for id_, raw in sorted(self._reading.sessions.items()):
            self._session(id_, raw)
        written = [self._payment(key, money) for key, money in sorted(self._reading.money.items())]
        self._purchases([each for each in written if each])
        for id_, raw in sorted(self._reading.subscriptions.items()):
            self._subscription(id_, raw)
        for id_, owner in sorted(self._owners.items()):
            if owner.deleted_at:
                # Last: a subscription that was read itself says best why it ended.
                self._touch(f"customer:{id_}", owner.customer_id, end_all(owner))

    def _name_everybody(self) -> None:
        for id_, raw in sorted(self._reading.customers.items()):
            if owner := people.link(id_, raw, read_at=self._at):
                self._owners[id_] = owner
        for id_, raw in sorted(self._reading.sessions.items()):
            if guest := sessions.guest(raw, owner=self._owner(raw)):
                self._guests[id_] = guest
        paid = Payment.objects.filter(stripe_id__in=list(self._reading.money), customer__isnull=False)
        locks.people(
            [
                *(each.customer_id for each in self._owners.values()),
                *(each.pk for each in self._guests.values()),
                *(each for each in paid.values_list("customer_id", flat=True) if each),
            ]
        )

    def remember(self, told: Iterable[Told]) -> None:
        """Take what the signed bodies tell of the past, now that it is known whose they are."""
        for each in told:
            for root, occurrences in self._of_body(each):
                if person := self.person_of.get(root):
                    self._happened[person] += occurrences

    def recompute(self, cause: Cause) -> None:
        for customer_id in sorted(self._happened):
            happened = self._happened[customer_id]
            opened = history.opened_before(customer_id) | {(each.type, each.subject) for each in happened}
            for row in self._written:
                if row.stripe_customer.customer_id == customer_id:
                    happened += self._noticed_plan_change(row, happened)
                    happened += history.closed(
                        row, sorted(opened), paid_invoices=self._paid_invoices, at=self._at
                    )
            # The read may have been slow: what holds is decided by the clock of now.
            recompute(customer_id, now=database_now(), cause=cause, occurrences=happened)

    def _customer(self, id_: str, raw: Raw) -> None:
        happened = people.write(id_, raw, read_at=self._at)
        owner = StripeCustomer.objects.select_related("customer").get(stripe_id=id_)
        self._owners[id_] = owner
        self._touch(f"customer:{id_}", owner.customer_id, happened)

    def _session(self, id_: str, raw: Raw) -> None:
        sessions.write(raw, owner=self._owner(raw), guest=self._guests.get(id_), read_at=self._at)
        person = self._payer(raw, raw).customer_id
        if person is not None:
            self._touch(f"checkout_session:{id_}", person, history.of_session(raw, at=self._at))

    def _payment(self, key: str, money: Money) -> tuple[Payment, Money] | None:
        invoice = money.invoice or {}
        if invoice_is_paid(invoice):
            self._paid_invoices.add(reference(invoice))
        payer = self._payer(money.intent or money.charge or invoice or money.session or {}, money.session)
        row = payments.write(key, money, payer=payer, read_at=self._at)
        person = row.customer_id if row else payer.customer_id
        if person is None:
            return None
        for root in _roots(key, money):
            self._touch(root, person)
        if row and row.subscription:
            self._happened[person] += history.of_invoice(invoice, at=self._at)
            if row.subscription not in self._reading.subscriptions:
                self._refresh(row.subscription)
        return (row, money) if row else None

    def _purchases(self, written: Iterable[tuple[Payment, Money]]) -> None:
        """What was bought, once all that was paid for it is written."""
        found: dict[str, Purchase] = {}
        told: dict[str, list[Money]] = defaultdict(list)
        for row, money in written:
            bought = purchases.of(row)
            found[bought.subject] = bought
            told[bought.subject].append(money)
        for subject, bought in found.items():
            if bought.customer:
                happened = history.of_purchase(bought, told=told[subject], at=self._at)
                self._happened[bought.customer.pk] += happened
                entitlements.of_purchase(bought)

    def _subscription(self, id_: str, raw: Raw) -> None:
        owner = self._owner(raw)
        if owner is None:
            return
        root, open_invoices = f"subscription:{id_}", self._reading.open_invoices.get(id_, [])
        before = Subscription.objects.filter(stripe_id=id_).values_list("raw_prices", "prices").first()
        row = subscriptions.write(raw, owner=owner, open_invoices=open_invoices, read_at=self._at)
        self._touch(root, owner.customer_id)
        if row is None:
            self._refresh(id_)
            return
        self._written.append(row)
        self._sold_before[id_] = before or ([], [])
        self._touch(root, owner.customer_id, history.of_subscription(_as_decided(raw), at=self._at))
        for invoice in open_invoices:
            self._touch(root, owner.customer_id, history.of_invoice(invoice, at=self._at))
        entitlements.of_subscription(row)

    def _refresh(self, subscription: str) -> None:
        """A refund or dispute of its invoice shows as a flag on the subscription."""
        row = Subscription.objects.filter(stripe_id=subscription).select_related("stripe_customer").first()
        if row:
            entitlements.of_subscription(row)

    def _of_body(self, told: Told) -> Iterable[tuple[str, list[Occurrence]]]:
        id_ = reference(told.obj)
        if told.type.startswith("customer.subscription."):
            snapshot = history.of_subscription(_as_decided(told.obj), at=told.at)
            changed = history.plan_change(told.obj, told.previous, at=told.at)
            yield f"subscription:{id_}", [*snapshot, *changed]
        elif told.type.startswith("checkout.session."):
            yield f"checkout_session:{id_}", [*history.of_session(told.obj, at=told.at)]
        elif told.type in ("invoice.paid", "invoice.payment_succeeded"):
            self._paid_invoices.add(id_)
        elif told.type == "invoice.payment_failed" and id_:
            found = [*history.of_invoice(told.obj, at=told.at, failed=True)]
            for subscription in self._reading.subscriptions:
                yield f"subscription:{subscription}", found

    def _noticed_plan_change(self, row: Subscription, happened: Iterable[Occurrence]) -> list[Occurrence]:
        """Another plan than at the last read, unless a signed body told of it: then that is the record."""
        sold, understood = self._sold_before.pop(row.stripe_id, ([], []))
        same = row.raw_prices == sold or row.prices == understood
        if not understood or same or any(_is_plan_change(each, row) for each in happened):
            return []
        now = row.raw_prices  # a body that comes later knows all that was sold, not what we understood of it
        return [history.plan_changed(row.stripe_id, sold, now, invoice=row.latest_invoice, at=self._at)]

    def _owner(self, obj: Raw) -> StripeCustomer | None:
        return self._owners.get(reference(obj.get("customer")))

    def _payer(self, obj: Raw, session: Raw | None) -> payments.Payer:
        return payments.Payer(self._owner(obj), self._guests.get(reference(session)) if session else None)

    def _touch(self, root: str, customer_id: int, happened: Iterable[Occurrence] = ()) -> None:
        self.person_of[root] = customer_id
        self._happened[customer_id] += happened


def end_all(owner: StripeCustomer) -> list[Occurrence]:
    """Stripe cancels the subscriptions of a deleted customer at once; returns what happened thereby."""
    ended_at = owner.deleted_at
    assert ended_at is not None
    happened: list[Occurrence] = []
    for row in Subscription.objects.select_for_update().filter(stripe_customer=owner).order_by("pk"):
        happened += subscriptions.end(row, at=ended_at, reason="cancellation_requested")
        entitlements.of_subscription(row)
    return happened


def _as_decided(raw: Raw) -> Raw:
    """What is called canceled, but was never paid, tells of a signup that expired."""
    never_paid = SubscriptionStatus.INCOMPLETE_EXPIRED
    if raw.get("status") != SubscriptionStatus.CANCELED:
        return raw
    stored = Subscription.objects.filter(stripe_id=reference(raw), status=never_paid)
    return {**raw, "status": str(never_paid)} if stored.exists() else raw


def _is_plan_change(happened: Occurrence, row: Subscription) -> bool:
    return happened.type == LifecycleType.PLAN_CHANGED and happened.subject.startswith(f"{row.stripe_id}:")


def _roots(key: str, money: Money) -> Iterable[str]:
    """The roots of whoever asks about this payment."""
    yield f"payment_intent:{key}"
    yield f"charge:{reference(money.charge) or key}"
    if money.invoice:
        yield f"invoice:{reference(money.invoice)}"
