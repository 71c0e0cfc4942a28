"""The money of people who wait: per month where it recurs, once where it does not, by currency."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Q

from billing.models import Payment, Subscription
from billing.models.payment import PaymentStatus
from customers.models import Entitlement
from customers.vocabulary import LIVING, Source
from support.money import Money, a_month


def at_stake(customer_ids: Iterable[int]) -> dict[int, Money]:
    """What each of these people pays us for what they hold now: three queries."""
    held = Entitlement.objects.filter(customer__in=list(customer_ids), state__in=LIVING)
    rows = held.exclude(source=Source.OVERRIDE).values_list("subject", "customer_id", "interval")
    by_subject = {subject: (customer_id, interval) for subject, customer_id, interval in rows}
    found: dict[int, Money] = defaultdict(Money)
    subscribed = Subscription.objects.filter(stripe_id__in=by_subject, amount__gt=0).exclude(currency="")
    for subject, amount, currency in subscribed.values_list("stripe_id", "amount", "currency"):
        customer_id, interval = by_subject[subject]
        monthly = a_month(amount, interval)
        if monthly is not None:
            found[customer_id].monthly[currency] += monthly
    # A purchase is known by its payment, or by the one-off invoice that one or several payments paid.
    of_them = Q(stripe_id__in=by_subject) | Q(invoice__in=by_subject, subscription="")
    paid = Payment.objects.filter(of_them, status=PaymentStatus.SUCCEEDED)
    for payment, invoice, received, refunded, currency in paid.values_list(
        "stripe_id", "invoice", "amount_received", "amount_refunded", "currency"
    ):
        subject = payment if payment in by_subject else invoice
        if received > refunded and currency:
            found[by_subject[subject][0]].once[currency] += received - refunded
    return dict(found)


def total(each: Mapping[int, Money]) -> Money:
    """All of it together, by currency: nothing is converted."""
    found = Money()
    for money in each.values():
        found.monthly.update(money.monthly)
        found.once.update(money.once)
    return found
