"""From whatever staff type to the person: any Stripe id, an e-mail, the beginnings of a name."""

import re
from collections.abc import Callable
from typing import Any, Final

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import Q, QuerySet

from billing.models import CheckoutSession, Payment, StripeCustomer, StripeEvent, Subscription
from customers import normalise
from customers.models import Customer

Finder = Callable[[str], int | None]
MOST: Final = 1_001  # one more than a list counts, so that it can say "more than"


def _stripe_customer(text: str) -> int | None:
    return StripeCustomer.objects.filter(stripe_id=text).values_list("customer_id", flat=True).first()


def _subscription(text: str) -> int | None:
    held = Subscription.objects.filter(stripe_id=text)
    return held.values_list("stripe_customer__customer_id", flat=True).first()


def _payment(text: str) -> int | None:
    paid = Payment.objects.filter(Q(stripe_id=text) | Q(charge=text) | Q(invoice=text))
    return paid.values_list("customer_id", flat=True).first()


def _checkout(text: str) -> int | None:
    return CheckoutSession.objects.filter(stripe_id=text).values_list("customer_id", flat=True).first()


def _event(text: str) -> int | None:
    return StripeEvent.objects.filter(event_id=text).values_list("customer_id", flat=True).first()


FINDERS: Final[dict[str, Finder]] = {
    "cus_": _stripe_customer,
    "sub_": _subscription,
    "pi_": _payment,
    "ch_": _payment,
    "in_": _payment,
    "cs_": _checkout,
    "evt_": _event,
}


def is_stripe_id(text: str) -> bool:
    return text.startswith(tuple(FINDERS))


def customer_of(stripe_id: str) -> int | None:
    """The person behind a cus_, sub_, pi_, ch_, in_, cs_ or evt_ id; None when nobody is known."""
    for prefix, find in FINDERS.items():
        if stripe_id.startswith(prefix):
            return find(stripe_id) or _spoken_of(stripe_id)
    return None


def _spoken_of(stripe_id: str) -> int | None:
    """Whom an event about this object was matched to: also for what we keep no fact of."""
    events = StripeEvent.objects.filter(object_id=stripe_id, customer__isnull=False).order_by("-pk")
    return events.values_list("customer_id", flat=True).first()


def of_email(text: str) -> int | None:
    """The person with exactly this e-mail."""
    email = normalise.email(text) if "@" in text else ""
    return Customer.objects.filter(email=email).values_list("pk", flat=True).first() if email else None


def by_beginnings(people: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Those whose e-mail or name begins so, else whose name has words that begin with all of these.

    At most MOST of them. One look for each index: an OR over all of them may read every customer, newest
    first, to fill one page with a rare name.
    """
    if not text:
        return people
    begins = people.filter(Q(email__istartswith=text) | Q(name__istartswith=text)).order_by("-pk")
    ids = list(begins.values_list("pk", flat=True)[:MOST])
    if len(ids) < MOST:
        ids += by_words(people, text, most=MOST - len(ids))
    return people.filter(pk__in=ids)


def by_words(people: QuerySet[Any], text: str, *, most: int) -> list[int]:
    """Ids of some whose name has words that begin with all of these.

    PostgreSQL guesses how rare a word is, and if it guesses wrong it reads everybody to find the first few.
    Materialized, the search is planned as if all were wanted, which is the index, and still ends early.
    """
    words = re.findall(r"\w+", text)
    if not words:
        return []
    query = SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")
    found = people.alias(words=SearchVector("name", config="simple")).filter(words=query).order_by()
    search, parameters = found.values("pk").query.sql_with_params()
    first = f"WITH found AS MATERIALIZED ({search}) SELECT * FROM found LIMIT %s"  # noqa: S608 - Django's SQL
    with connection.cursor() as cursor:
        cursor.execute(first, [*parameters, most])
        return [pk for (pk,) in cursor.fetchall()]
